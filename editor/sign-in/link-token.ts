import { useState } from 'react';

/** The key after the `#` of a mailed link; what stands there is never sent along when a page is asked for. */
export function useLinkToken(): string {
  const [token] = useState(() => globalThis.location.hash.slice(1));
  return token;
}
