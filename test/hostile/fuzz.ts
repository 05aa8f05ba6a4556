import http from 'node:http';
import fc from 'fast-check';
import { builtInTemplates } from '#nodes/index.ts';
import { callRaw, type RawAnswer } from './raw-call.ts';
import type { Tally } from './tally.ts';
import type { Target } from './target.ts';

/** Values that have broken somebody before. */
const nasty = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  ' ',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0000',
  '\ud800',
  '{{',
  '{{ }}',
  '{{ call.body }}',
  '{{ call.body | nothing }}',
  '{{ params.shop | split("',
  '{{ call.__proto__.x }}',
  '{{ constructor.constructor }}',
  '../../etc/passwd',
  'x'.repeat(5000),
  [],
  {},
  [[[[]]]],
  { length: 1e9 },
);

interface Step {
  readonly op: 'set' | 'drop' | 'double' | 'swap';
  readonly at: number;
  readonly key: string;
  readonly value: unknown;
}

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('set' as const, 'set' as const, 'drop' as const, 'double' as const, 'swap' as const),
  at: fc.nat(10_000),
  key: fc.constantFrom(
    'id',
    'type',
    'version',
    'config',
    'from',
    'to',
    'nodes',
    'wires',
    'params',
    'onError',
    'zzz',
    'connection',
  ),
  value: fc.oneof(nasty, nasty, fc.jsonValue()),
});

interface Place {
  readonly owner: Record<string, unknown> | unknown[];
  readonly key: string;
}

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ owner: value as Record<string, unknown>, key });
    placesOf((value as Record<string, unknown>)[key], found);
  }
  return found;
}

function mutate(document: unknown, { op, at, key, value }: Step): void {
  const places = placesOf(document);
  const place = places[at % Math.max(1, places.length)];
  if (!place) return;
  const owner = place.owner as Record<string, unknown>;
  if (op === 'set') owner[place.key] = structuredClone(value);
  else if (op === 'drop') {
    if (Array.isArray(place.owner)) place.owner.splice(Number(place.key), 1);
    else delete owner[place.key];
  } else if (op === 'double') {
    if (Array.isArray(place.owner)) place.owner.push(structuredClone(owner[place.key]));
    else owner[key] = structuredClone(owner[place.key]);
  } else {
    const other = places[(at * 7919) % places.length];
    if (!other) return;
    const kept = structuredClone(owner[place.key]);
    owner[place.key] = structuredClone((other.owner as Record<string, unknown>)[other.key]);
    (other.owner as Record<string, unknown>)[other.key] = kept;
  }
}

const seeds: readonly unknown[] = builtInTemplates.map(({ flow }) => flow);

const document = fc
  .tuple(fc.nat(seeds.length - 1), fc.array(step, { minLength: 1, maxLength: 6 }))
  .map(([seed, steps]) => {
    const made = structuredClone(seeds[seed]);
    for (const each of steps) mutate(made, each);
    return made;
  });

const LANES = 6;

/** Sends bent flows into save and publish: each is taken or refused in words, none brings the server down or out of its wits. */
export async function attackWithFlows(target: Target, tally: Tally, count: number, seed: number): Promise<void> {
  const at = `${target.weft.url}/api/tenants/${target.tenant}/flows`;
  const headers = { cookie: target.admin.cookie, 'content-type': 'application/json' };
  const agent = new http.Agent({ keepAlive: true });
  const send = (method: string, path: string, body: unknown): Promise<RawAnswer> =>
    callRaw(`${at}${path}`, { method, headers, agent, body: Buffer.from(JSON.stringify(body)) });
  const documents = fc.sample(document, { numRuns: count, seed });
  const understood = (answer: RawAnswer): boolean => answer.status > 0 && answer.status < 500;
  const explained = ({ status, message }: RawAnswer): boolean => status < 400 || (message?.length ?? 0) > 3;
  let next = 0;

  const lane = async (): Promise<void> => {
    const made = JSON.parse((await send('POST', '', { document: seeds[0] })).text) as { id: string; revision: number };
    let { revision } = made;
    for (;;) {
      const index = next++;
      if (index >= count) return;
      const saved = await send('PUT', `/${made.id}/draft`, { basedOn: revision, document: documents[index] });
      if (saved.status === 200) revision = (JSON.parse(saved.text) as { revision: number }).revision;
      const published =
        saved.status === 200 ? await send('POST', `/${made.id}/publish`, { revision, on: false }) : saved;
      const fine = [saved, published].every((answer) => understood(answer) && explained(answer));
      const wrong = `${saved.status} ${published.status} ${published.text} for ${JSON.stringify(documents[index])}`;
      tally.add(`flow ${index} of seed ${seed}`, fine ? null : wrong);
      if (saved.status === 0) throw new Error('the server does not answer any more');
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane)).finally(() => agent.destroy());
}
