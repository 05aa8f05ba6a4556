import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { filled } from '../answer.ts';
import { fingerprint } from '../fingerprint.ts';
import type { ReadRequest, RecordName } from './operations.ts';
import { type Answer, type Pager, type Paging, type Position, pagerOf } from './paging.ts';
import type { RecordReader } from './record.ts';
import { compileField, compileOptional, listIn, mentions, type Names, type Place, rootOf } from './template.ts';
import type { Send, Wire } from './wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: readers of different records have no narrower common type
export type AnyReader = RecordReader<any>;

/** What the requests of one connection stand on. */
export interface Ground<Request> {
  readonly wire: Wire<Request>;
  readonly paging: Paging;
  /** Throws TerminalError CONFIG_INVALID when the form of the record is not filled in. */
  reader(record: RecordName, place: Place): AnyReader;
}

export const IN_ANSWER = ['body', 'headers'];

/** Sends, and reads a refusal out of an answer that is none by its status. */
export function sender<Request extends ReadRequest>(
  { wire }: Ground<Request>,
  request: Request,
  place: Place,
  usually: 'GET' | 'POST' | 'PUT',
): Send {
  const send = wire.compile(request, place, usually);
  const refused = refusal(request, place);
  return async (session, names) => refused(await send(session, names));
}

function refusal(request: ReadRequest, place: Place): (answer: Answer) => Answer {
  const said = compileOptional(request.refused, { field: `${place.field}.refused`, names: IN_ANSWER });
  return (answer) => {
    const found = said({ ...answer });
    if (found === undefined || found === null || found === '' || found === false) return answer;
    const message = typeof found === 'object' ? JSON.stringify(found) : String(found);
    throw new TerminalError('TARGET_REFUSED', filled(message) ?? 'refused', { field: `${place.field}.refused` });
  };
}

interface Pages {
  readonly pager: Pager;
  read(
    session: Session,
    names: Names,
    position: Position | undefined,
  ): Promise<{ answer: Answer; entries: readonly Json[] }>;
}

/** A list as it comes, page by page. */
export function pagesOf<Request extends ReadRequest>(
  ground: Ground<Request>,
  request: Request,
  place: Place,
  paging: Paging,
): Pages {
  const pager = pagerOf(paging, request, { ...place, field: `${place.field}.paging` });
  const inside: Place = { ...place, names: [...place.names, 'page'] };
  const send = sender(ground, request, inside, 'GET');
  const refused = refusal(request, place);
  const field = `${place.field}.list`;
  const text = request.list ?? '{{ body }}';
  const list = compileField(text, { field, names: IN_ANSWER });
  const entriesOf = (answer: Answer): readonly Json[] => {
    const found = list({ ...answer });
    if (!ground.wire.emptyListsAreAbsent || Array.isArray(found)) return listIn(found, field);
    // XML has neither empty lists nor lists of one, but it has a root
    const root = rootOf(text);
    const { body } = answer;
    if (root === undefined || typeof body !== 'object' || body === null || !Object.hasOwn(body, root))
      return listIn(found, field);
    return found === undefined || found === null || found === '' ? [] : [found as Json];
  };
  return {
    pager,
    async read(session, names, position) {
      const { next } = position ?? {};
      const { follow } = ground.wire;
      const answer =
        pager.style === 'link' && next !== undefined && follow
          ? refused(await follow(session, next, request, { ...place, field: `${place.field}.paging` }))
          : await send(session, { ...names, page: pager.names(position) });
      return { answer, entries: entriesOf(answer) };
    },
  };
}

/** Records that a search may answer in all: more is no search. */
const MOST_FOUND = 10_000;

/** All of a list that is not asked for by change. */
export function entriesOf<Request extends ReadRequest>(
  ground: Ground<Request>,
  request: Request,
  place: Place,
): (session: Session, names: Names) => Promise<readonly Json[]> {
  const paged = mentions(request, 'page') || ground.paging.style === 'link';
  const { pager, read } = pagesOf(ground, request, place, paged ? ground.paging : { ...ground.paging, style: 'none' });
  return async (session, names) => {
    const all: Json[] = [];
    let position: Position | undefined;
    do {
      const { answer, entries } = await read(session, names, position);
      all.push(...entries);
      if (all.length > MOST_FOUND) {
        throw new TerminalError('TOO_LARGE', `${place.field}: more than ${MOST_FOUND} records`, { field: place.field });
      }
      const prints = entries.map((entry) => fingerprint(JSON.stringify(entry)));
      position = pager.after(position, { answer, ids: prints, prints });
    } while (position !== undefined);
    return all;
  };
}
