import { type AnyOffer, offerWrite, type Session, type WriteCall } from '#runtime/connector.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { DocumentRef, Written } from '../../commerce/capabilities.ts';
import { matchProduct } from '../../commerce/match.ts';
import type { Order, Product } from '../../commerce/model.ts';
import { formatMoney, type Money, sameMoney } from '../../commerce/money.ts';
import { afterWrite, filled } from '../answer.ts';
import { amount, type Writing } from './kinds.ts';
import { entriesOf, type Ground, sender } from './listing.ts';
import type { LookupRequest, Operation, ReadRequest, WriteRequest } from './operations.ts';
import { placeOf } from './reads.ts';
import { compileField, compileOptional, invalid, mentions, type Names, type Place, unreadable } from './template.ts';

type Input = Readonly<Record<string, unknown>>;
/** How writes find the product a SKU names, where a request asks for it. */
export type FindProduct = (session: Session, sku: string) => Promise<readonly Product[]>;

interface Made {
  readonly id?: string | undefined;
  readonly number?: string | undefined;
  readonly total?: Money | undefined;
}

type Where = {
  readonly id?: string | undefined;
  readonly number?: string | undefined;
  readonly total?: string | undefined;
};

/** Reads what the system says of a document that was made or found. */
function madeReader(where: Where, place: Place, writing: Writing) {
  const id = compileOptional(where.id, { ...place, field: `${place.field}.id` });
  const number = compileOptional(where.number, { ...place, field: `${place.field}.number` });
  const field = `${place.field}.total`;
  const total = compileOptional(where.total, { ...place, field });
  return (names: Names, currency: string | undefined): Made => ({
    id: filled(id(names)),
    number: filled(number(names)),
    total: amount('', '').read(total(names), { ...writing, currency: currency ?? writing.currency, field }),
  });
}

const orderOf = (input: Input): Order | undefined => {
  const order = input['order'] as Order | undefined;
  return order?.totals ? order : undefined;
};

/** In words, where the target's total is another than the order's. */
function difference(made: Made, input: Input): string | undefined {
  const wanted = orderOf(input)?.totals.gross;
  if (!wanted || !made.total || sameMoney(wanted, made.total)) return undefined;
  const [there, here] = [made.total, wanted].map((one) => `${formatMoney(one)} ${one.currency}`);
  return `document ${made.number ?? made.id} in the other system is ${there}, the order is ${here}`;
}

/** What a change is known by where the system gives it no id: what was changed. */
function changedOf(input: Input, call: WriteCall): string {
  const { order, level, price } = input as { order?: { id: string }; level?: { sku: string }; price?: { sku: string } };
  return order && !('text' in input) ? order.id : (level?.sku ?? price?.sku ?? call.reference);
}

function answerOf(
  operation: Operation,
  made: Made,
  input: Input,
  call: WriteCall,
  place: Place,
): DocumentRef | Written {
  if (operation.kind === 'change') return { id: made.id ?? changedOf(input, call) };
  // a change of a document goes to the one that was named
  const id = made.id ?? (operation.method === 'PUT' ? filled(input['id']) : undefined);
  if (id === undefined) throw unreadable(`${place.field}.id`, 'finds no id in the answer');
  const { total } = made;
  return { id, number: made.number ?? id, created: operation.method === 'POST', ...(total ? { total } : {}) };
}

/** The names a write's request reads beside its input: the reference, the system's word for a status, the SKU's product. */
function namesOf<Request>(
  request: Request & WriteRequest<Request>,
  place: Place,
  findProduct: FindProduct | undefined,
) {
  const words = new Map(request.statuses?.map(({ action, native }) => [action as string, native]));
  const wantsStatus = mentions(request, 'status');
  const wantsTracking = mentions(request, 'tracking');
  const wantsProduct = mentions(request, 'product', 'source') && !place.names.includes('product');
  if (wantsProduct && !findProduct)
    throw invalid(place.field, 'reads the product of a SKU: set requests.products.find');
  return async (session: Session, input: Input, call: WriteCall): Promise<Names> => {
    const names: Record<string, unknown> = { ...input, reference: call.reference };
    if (wantsStatus) names['status'] = input['native'] ?? words.get(String(input['action']));
    if (wantsStatus && names['status'] === undefined) {
      const message = `this connection has no word for “${input['action']}”: set ${place.field}.statuses`;
      throw new TerminalError('UNSUPPORTED', message, { field: 'action' });
    }
    if (input['tracking'] !== undefined && !wantsTracking) {
      session.note(`the tracking number was left out: ${place.field} has no place for {{ tracking.number }}`);
    }
    if (wantsProduct && findProduct) {
      const { sku } = (input['level'] ?? input['price']) as { sku: string };
      const product = await matchProduct(sku, 'sku', () => findProduct(session, sku));
      if (!product) throw new TerminalError('ARTICLE_MISSING', `there is no product with SKU ${sku}`, { field: 'sku' });
      names['product'] = product;
    }
    return names;
  };
}

function lookupOf<Request extends ReadRequest>(
  ground: Ground<Request>,
  operation: Operation,
  request: Request & LookupRequest,
  place: Place,
  writing: Writing,
) {
  const entries = entriesOf<Request>(ground, request, place);
  const inside: Place = { ...place, names: [...place.names, 'item'] };
  const reference = compileField(request.reference, { ...inside, field: `${place.field}.reference` });
  const read = madeReader(request, inside, writing);
  return async (session: Session, input: Input, call: WriteCall): Promise<DocumentRef | Written | null> => {
    const names: Names = { ...input, reference: call.reference };
    const found = (await entries(session, names)).filter(
      (item) => filled(afterWrite(() => reference({ ...names, item }))) === call.reference,
    );
    const [item] = found;
    if (item === undefined) return null;
    const made = afterWrite(() => read({ ...names, item }, orderOf(input)?.totals.gross.currency));
    const differs = found.length > 1 ? `${found.length} documents carry the reference` : difference(made, input);
    if (differs === undefined) return answerOf(operation, made, input, call, place);
    const details = { reference: call.reference, ...(made.id === undefined ? {} : { id: made.id }) };
    throw new HoldError('TARGET_DIFFERS', 'review', differs, { details });
  };
}

/** The offer a writing request of the settings makes, with the class its form says. */
export function writeOffer<Request>(
  ground: Ground<Request & ReadRequest>,
  operation: Operation,
  given: unknown,
  writing: Writing,
  findProduct: FindProduct | undefined,
): AnyOffer {
  const request = given as Request & ReadRequest & WriteRequest<Request & ReadRequest>;
  const place = placeOf(operation, 'reference', 'status', 'product');
  const { lookup, ...rest } = request as ReadRequest & WriteRequest<unknown>;
  const carries = mentions(rest, 'reference');
  if (!carries && (request.class === 'B' || (request.class === 'A' && operation.method === 'POST'))) {
    const why = request.class === 'A' ? 'drops repeats by' : 'is looked up by';
    throw invalid(place.field, `class ${request.class} ${why} {{ reference }}, which stands nowhere in the request`);
  }
  if (request.class === 'B' && !request.lookup) throw invalid(`${place.field}.lookup`, 'is needed by class B');
  const send = sender(ground, request, place, operation.method ?? 'POST');
  const namesFor = namesOf(request as never, { ...place, names: placeOf(operation).names }, findProduct);
  const usualId = operation.method === 'POST' ? '{{ body.id }}' : undefined;
  const read = madeReader(
    { ...request, id: request.id ?? usualId },
    { ...place, names: [...place.names, 'body', 'headers'] },
    writing,
  );
  const look =
    request.lookup &&
    lookupOf(ground, operation, request.lookup, { ...place, field: `${place.field}.lookup` }, writing);

  return offerWrite<Input, DocumentRef | Written>(operation.capability, {
    class: request.class,
    settleMs: request.settleSeconds * 1000,
    async run(session, input, call) {
      const names = await namesFor(session, input, call);
      const answer = await send(session, names);
      return afterWrite(() => {
        const made = read({ ...names, ...answer }, orderOf(input)?.totals.gross.currency);
        const differs = difference(made, input);
        // of unknown outcome rather than refused, since it was made: the lookup finds it and asks a person
        if (differs !== undefined) throw new RetryableError('MONEY_MISMATCH', differs, { field: 'order.totals' });
        return answerOf(operation, made, input, call, place);
      });
    },
    ...(look ? { lookup: look } : {}),
  });
}
