import type pg from 'pg';
import type { ErpLedgerEntry } from '#server/practice/erp.ts';
import type { ShopOrder } from '#server/practice/shop-model.ts';
import { organisationNumberKey } from '#server/practice/shop-seed.ts';
import type { ErpCustomer, PracticeClient } from './practice-client.ts';

/** What became of the orders the shop took, as the ERP's own ledger and our database tell it together. */
export interface Verdict {
  readonly accepted: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly wrong: number;
  readonly stuck: number;
  /** Held, or in the dead letter, with a reason that a person can act on. */
  readonly waiting: number;
  /** One line for each order that is not as it should be. */
  readonly findings: readonly string[];
}

interface RunRow {
  readonly record: string;
  readonly id: string;
  readonly status: string;
  readonly failure: string | null;
  readonly hold: string | null;
  readonly due_failure: string | null;
  readonly unfinished: boolean;
  readonly deaths: number | null;
}

const runsOfOrders = `
select r.record, r.id, r.status, r.failure, d.hold, d.failure as due_failure, d.run_id is not null as unfinished, d.deaths
from run r left join due d on d.run_id = r.id where r.entity = 'order' order by r.id`;

const linksOfOrders = `select source_id, reference, target_id from xref where entity = 'order'`;

interface Link {
  readonly source_id: string;
  readonly reference: string;
  readonly target_id: string;
}

function rowsText(rows: readonly { sku: string; quantity: number }[]): string {
  return rows
    .map(({ sku, quantity }) => `${sku}x${quantity}`)
    .sort()
    .join(' ');
}

/** By e-mail, or as a company by its organisation number. */
function isSameCustomer(order: ShopOrder, customer: ErpCustomer | undefined): boolean {
  if (!customer) return false;
  if (customer.Email === order.billing.email) return true;
  const number = order.meta_data.find((meta) => meta.key === organisationNumberKey)?.value;
  return number !== undefined && number === customer.OrganisationNumber;
}

/** What differs between the order as placed and as booked; empty when nothing does. */
function differences(
  order: ShopOrder,
  booked: ErpLedgerEntry,
  customer: ErpCustomer | undefined,
  link: Link | undefined,
): string[] {
  const found: string[] = [];
  if (Math.abs(Number(order.total) - booked.total) > 0.005) found.push(`total ${booked.total}, not ${order.total}`);
  if (order.currency !== booked.currency) found.push(`currency ${booked.currency}, not ${order.currency}`);
  const placed = rowsText(order.line_items.map((line) => ({ sku: line.sku, quantity: line.quantity })));
  const rows = rowsText(booked.rows.map((row) => ({ sku: row.articleNumber, quantity: row.quantity })));
  if (placed !== rows) found.push(`rows ${rows}, not ${placed}`);
  if (!isSameCustomer(order, customer)) found.push(`customer ${customer?.Email}, not ${order.billing.email}`);
  if (!/^[a-z2-7]{24}$/.test(booked.reference)) found.push(`reference "${booked.reference}"`);
  if (link?.reference !== booked.reference || link.target_id !== booked.number)
    found.push(`cross-reference ${link?.reference} -> ${link?.target_id}, not ${booked.reference} -> ${booked.number}`);
  return found;
}

/** Why an order is not in the ERP. */
function missing(runs: readonly RunRow[]): { readonly is: 'lost' | 'stuck' | 'waiting'; readonly why: string } {
  const open = runs.find((run) => run.unfinished);
  if (open) {
    if (open.hold !== null && open.due_failure !== null) return { is: 'waiting', why: `held: ${open.due_failure}` };
    return { is: 'stuck', why: `run ${open.id} goes on for ever: deaths ${open.deaths}` };
  }
  const failed = runs.findLast((run) => run.status === 'failed');
  // these orders are innocent: one that is set aside as poison was parked wrongly
  if (failed) return { is: failed.failure?.includes('POISON') ? 'stuck' : 'waiting', why: failed.failure ?? 'failed' };
  return { is: 'lost', why: runs.length === 0 ? 'no run' : `runs ${runs.map((run) => run.status).join(', ')}` };
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The report-back: status set, and the number noted once. */
async function reported(order: ShopOrder, booked: ErpLedgerEntry, practice: PracticeClient): Promise<string[]> {
  const found: string[] = [];
  if (order.status !== 'completed') found.push(`the shop's status is ${order.status}`);
  const notes = (await practice.notes(order.id)).filter((note) => note.note === `Fortnox order ${booked.number}`);
  if (notes.length !== 1) found.push(`${notes.length} notes of the number`);
  return found;
}

async function readRuns(database: pg.Client): Promise<{ runs: Map<string, RunRow[]>; links: Map<string, Link> }> {
  const { rows } = await database.query<RunRow>(runsOfOrders);
  const { rows: links } = await database.query<Link>(linksOfOrders);
  return { runs: groupBy(rows, (row) => row.record), links: new Map(links.map((link) => [link.source_id, link])) };
}

interface Evidence {
  readonly booked: ReadonlyMap<string, ErpLedgerEntry[]>;
  readonly customers: ReadonlyMap<string, ErpCustomer>;
  readonly runs: ReadonlyMap<string, RunRow[]>;
  readonly links: ReadonlyMap<string, Link>;
  readonly practice: PracticeClient;
}

type Kind = 'lost' | 'duplicated' | 'wrong' | 'stuck' | 'waiting';
interface Finding {
  readonly kind: Kind;
  readonly text: string;
}

/** Everything that is not as it should be with one order. */
async function findingsOf(order: ShopOrder, evidence: Evidence): Promise<Finding[]> {
  const { booked, customers, runs, links, practice } = evidence;
  const id = String(order.id);
  const entries = booked.get(order.number) ?? [];
  const [entry] = entries;
  const { is, why } = missing(runs.get(id) ?? []);
  if (!entry) return [{ kind: is, text: `order ${id}: ${why}` }];
  const findings: Finding[] = [];
  if (is === 'stuck') findings.push({ kind: is, text: `order ${id}: ${why}` });
  if (entries.length > 1) {
    const numbers = entries.map((one) => one.number).join(', ');
    findings.push({ kind: 'duplicated', text: `order ${id} is ${numbers}` });
  }
  const wrong = differences(order, entry, customers.get(entry.customerNumber), links.get(id));
  if (wrong.length > 0) findings.push({ kind: 'wrong', text: `order ${id}: ${wrong.join('; ')}` });
  // in the ERP, but the shop was not told: the run must not have been forgotten
  const report = await reported(order, entry, practice);
  const kind = is === 'waiting' ? 'waiting' : 'wrong';
  if (report.length > 0) findings.push({ kind, text: `order ${id}: ${report.join('; ')} (${why})` });
  return findings;
}

/** Compares the shop's orders with the ERP's ledger, our references and our queue. `placed`: the shop's ids. */
export async function judge(
  placed: readonly number[],
  practice: PracticeClient,
  database: pg.Client,
): Promise<Verdict> {
  const orders = new Map((await practice.shopOrders()).map((order) => [order.id, order]));
  const { orders: ledger } = await practice.ledger();
  const customers = await practice.customers();
  const booked = groupBy(ledger, (entry) => entry.yourOrderNumber);
  const evidence: Evidence = {
    booked,
    customers: new Map(customers.map((one) => [one.CustomerNumber, one])),
    practice,
    ...(await readRuns(database)),
  };
  const findings: Finding[] = [];
  for (const id of placed) {
    const order = orders.get(id);
    if (!order) throw new Error(`the shop has forgotten order ${id}`);
    findings.push(...(await findingsOf(order, evidence)));
  }
  const numbers = new Set([...orders.values()].map((order) => order.number));
  for (const { number, yourOrderNumber } of ledger)
    if (!numbers.has(yourOrderNumber))
      findings.push({ kind: 'wrong', text: `ERP order ${number} is of no shop order` });
  for (const [email, same] of groupBy(customers, (one) => one.Email ?? '')) {
    if (email === '' || same.length === 1) continue;
    const list = same.map((one) => one.CustomerNumber).join(', ');
    findings.push({ kind: 'duplicated', text: `customer ${email} is ${list}` });
  }
  const count = (kind: Kind): number => findings.filter((finding) => finding.kind === kind).length;
  return {
    accepted: placed.length,
    lost: count('lost'),
    duplicated: count('duplicated'),
    wrong: count('wrong'),
    stuck: count('stuck'),
    waiting: count('waiting'),
    findings: findings.map(({ kind, text }) => `${kind}: ${text}`),
  };
}
