import { z } from 'zod';
import { defineCapability } from '#runtime/capability.ts';
import type { AnyOffer, HttpRequest, HttpResponse, WriteClass } from '#runtime/connector.ts';
import { offerRead, offerWrite } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';

/** What the ERP does with one request. `late`: it times out and is carried out only after a while. */
export type ErpFault = 'busy' | 'lost-before' | 'lost-after' | 'late' | 'bad-answer';

export interface ErpDocument {
  readonly id: string;
  readonly reference: string;
  readonly class: WriteClass;
  /** From when a lookup finds it. */
  readonly visibleAt: number;
}

export interface FakeErp {
  clock: { now(): number };
  readonly documents: ErpDocument[];
  /** References of all sends that reached it, in order, carried out or not. */
  readonly sends: string[];
  readonly requests: HttpRequest[];
  readonly offers: readonly AnyOffer[];
  http(request: HttpRequest): Promise<HttpResponse>;
}

export interface ErpOptions {
  /** Faults of the first sends of a thing; none after them. */
  readonly faults?: (id: string) => readonly ErpFault[];
  /** Things it always refuses. */
  readonly refuses?: (id: string) => boolean;
  readonly lagMs?: number;
}

export const SETTLE_MS = 60_000;
const Thing = z.strictObject({ id: z.string() });
const Made = z.strictObject({ id: z.string() });

const creates = (kind: WriteClass) =>
  defineCapability({
    name: `things.create-${kind.toLowerCase()}`,
    effect: 'write',
    input: Thing,
    output: Made,
    identity: (input) => ({ entity: 'record', connection: 'shop', id: input.id }),
    target: (output) => output.id,
    known: (_input, target) => ({ id: target }),
  });

export const thingsCreate = { A: creates('A'), B: creates('B'), C: creates('C') };
export const thingsRead = defineCapability({ name: 'things.read', effect: 'read', input: Thing, output: Made });
/** Not offered by the fake ERP. */
export const thingsFly = defineCapability({ name: 'things.fly', effect: 'read', input: Thing, output: Made });

/** An ERP in memory whose requests can go wrong in every way a real one's do. */
export function createFakeErp(options: ErpOptions = {}): FakeErp {
  const lagMs = options.lagMs ?? 0;
  const left = new Map<string, ErpFault[]>();

  const nextFault = (id: string): ErpFault | undefined => {
    const faults = left.get(id) ?? [...(options.faults?.(id) ?? [])];
    left.set(id, faults);
    return faults.shift();
  };

  const make = (kind: WriteClass, id: string, reference: string, lateMs: number): ErpDocument => {
    const existing = erp.documents.filter((document) => document.reference === reference);
    const [first] = existing;
    if (kind === 'A' && first) return first;
    const suffix = existing.length === 0 ? '' : `#${existing.length + 1}`;
    const document = { id: `doc-${id}${suffix}`, reference, class: kind, visibleAt: erp.clock.now() + lateMs + lagMs };
    erp.documents.push(document);
    return document;
  };

  const receive = (kind: WriteClass, id: string, reference: string): { id: string } => {
    erp.sends.push(reference);
    if (options.refuses?.(id)) throw new TerminalError('TARGET_REFUSED', `no ${id} here`);
    const fault = nextFault(id);
    if (fault === 'busy') throw new RetryableError('TARGET_BUSY', 'slow down', { beforeWork: true, afterMs: 500 });
    if (fault === 'lost-before') throw new RetryableError('TIMEOUT', 'no answer');
    const document = make(kind, id, reference, fault === 'late' ? 5000 : 0);
    if (fault === 'lost-after' || fault === 'late') throw new RetryableError('TIMEOUT', 'no answer');
    return fault === 'bad-answer' ? ({ number: 7 } as unknown as { id: string }) : { id: document.id };
  };

  const write = (kind: WriteClass): AnyOffer =>
    offerWrite(thingsCreate[kind], {
      class: kind,
      run: async (_session, input, { reference }) => receive(kind, input.id, reference),
      ...(kind === 'B'
        ? {
            settleMs: SETTLE_MS,
            lookup: async (_session, _input, { reference }) => {
              const found = erp.documents.find(
                (document) => document.reference === reference && document.visibleAt <= erp.clock.now(),
              );
              return found ? { id: found.id } : null;
            },
          }
        : {}),
    });

  const erp: FakeErp = {
    clock: { now: () => 0 },
    documents: [],
    sends: [],
    requests: [],
    offers: [write('A'), write('B'), write('C'), offerRead(thingsRead, async (_session, input) => ({ id: input.id }))],
    http: async (request) => {
      erp.requests.push(request);
      const id = String(request.headers?.['idempotency-key'] ?? request.path);
      return { status: 201, headers: {}, body: receive('C', id, id) };
    },
  };
  return erp;
}
