import { createContext, useContext } from 'react';
import type { CodeTrial } from '#runtime/protocol.ts';

const CodeFailureContext = createContext<CodeTrial['failure']>(undefined);

/** What the code in a form failed with when it was tried, for the editor to show at its line. */
export const CodeFailure = CodeFailureContext.Provider;
export const useCodeFailure = (): CodeTrial['failure'] => useContext(CodeFailureContext);
