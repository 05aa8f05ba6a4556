import type { Difference, Sketch } from '#runtime/capability.ts';
import type { JsonObject } from '#runtime/json.ts';
import { decimalText, rescale, type Scaled, scaledOf } from './decimal.ts';
import type { Order } from './model.ts';
import { formatMoney } from './money.ts';

function add(a: Scaled, b: Scaled): Scaled {
  const scale = Math.max(a.scale, b.scale);
  return { units: rescale(a, scale) + rescale(b, scale), scale };
}

/** Pieces by SKU, rows of one SKU together: how a system splits its rows is its own affair. */
function piecesOf(order: Order): Record<string, string> {
  const pieces = new Map<string, Scaled>();
  for (const { sku, articleNumber, quantity } of order.lines) {
    const name = sku ?? articleNumber;
    if (name === undefined) continue;
    const so = pieces.get(name);
    pieces.set(name, so ? add(so, scaledOf(quantity)) : scaledOf(quantity));
  }
  return Object.fromEntries([...pieces].map(([sku, amount]) => [sku, decimalText(amount)]));
}

/** An order by what must be the same on both sides: its gross total, its currency, and its goods. */
export function orderSketch(order: Order): Sketch {
  const { order: state } = order.status;
  return {
    id: order.source.id,
    number: order.number,
    reference: order.reference,
    void: state === 'cancelled' || state === 'failed' || state === 'draft',
    facts: { total: `${formatMoney(order.totals.gross)} ${order.currency}`, pieces: piecesOf(order) },
  };
}

const piecesIn = (facts: JsonObject): JsonObject => facts['pieces'] as JsonObject;

/** Freight and fees may be rows in the one system and not in the other, so only goods of the record are looked for in the document. */
export function orderDifferences(record: Sketch, document: Sketch): Difference[] {
  const found: Difference[] = [];
  const [total, other] = [String(record.facts['total']), String(document.facts['total'])];
  if (total !== other) found.push({ what: 'total', record: total, document: other });
  const there = piecesIn(document.facts);
  for (const [sku, wanted] of Object.entries(piecesIn(record.facts))) {
    const pieces = Object.hasOwn(there, sku) ? String(there[sku]) : '0';
    if (pieces !== wanted) found.push({ what: sku, record: String(wanted), document: pieces });
  }
  return found;
}
