import type { Session } from '#runtime/connector.ts';
import type { Answer } from './paging.ts';
import type { Names, Place } from './template.ts';

/** Sends one request of the settings, its bindings filled in, and answers what templates read. */
export type Send = (session: Session, names: Names) => Promise<Answer>;

/** How the requests of a connection travel: as REST or as GraphQL. */
export interface Wire<Request> {
  /** Makes a request ready; throws TerminalError CONFIG_INVALID naming the setting. `writes`: what `method` is when it is not said. */
  compile(request: Request, place: Place, usually: 'GET' | 'POST' | 'PUT'): Send;
  /** Reads a page at an address the system named; undefined where there are no addresses. */
  readonly follow?: (session: Session, address: string, request: Request, place: Place) => Promise<Answer>;
  /** Whether an empty list may be left out of an answer (XML has no empty lists). */
  readonly emptyListsAreAbsent: boolean;
}
