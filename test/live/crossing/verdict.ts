import { formatMoney, parseMoney } from '#nodes/commerce/money.ts';
import type { Placed } from './market.ts';
import type { CrossingStand } from './stand.ts';

/** What is not as it should be, one line each. */
export interface CrossingVerdict {
  readonly lost: string[];
  readonly duplicated: string[];
  readonly wrong: string[];
  /** Runs that wait for a person, or have failed. */
  readonly held: string[];
}

interface Link {
  readonly source_id: string;
  readonly target_id: string;
  readonly reference: string;
}

const LINKS = `select source_id, target_id, reference from xref where entity = 'order'`;
/** Of a balance only the latest matters: one that came before its product, and was told again, needs nobody. */
const HELD = `select r.record, coalesce(d.failure, r.failure) as failure from run r left join due d on d.run_id = r.id
  where (r.status = 'failed' or d.hold is not null) and not exists (select from run later
    where r.entity = 'stock' and later.entity = 'stock' and later.record = r.record and later.id > r.id and later.status = 'succeeded')`;

const öre = (amount: string): string => formatMoney(parseMoney(amount, 'SEK'));

/** Sets what buyers placed beside Tryton's own tables, by the reference each sale carries. */
export async function verdictOf(stand: CrossingStand, placed: readonly Placed[]): Promise<CrossingVerdict> {
  const verdict: CrossingVerdict = { lost: [], duplicated: [], wrong: [], held: [] };
  const links = new Map((await stand.rows<Link>(LINKS)).map((link) => [link.source_id, link]));
  const sales = Map.groupBy(await stand.office.sales(), (sale) => sale.reference);
  const contents = new Map((await stand.office.content()).map((content) => [content.id, content]));
  for (const order of placed) {
    const link = links.get(order.id);
    const booked = link === undefined ? [] : (sales.get(link.reference) ?? []);
    const [sale, ...others] = booked;
    if (!link || !sale) {
      verdict.lost.push(order.id);
      continue;
    }
    if (others.length > 0) verdict.duplicated.push(`${order.id} is ${booked.map((one) => one.id).join(', ')}`);
    const content = contents.get(sale.id);
    const there = [link.target_id, content?.email, content && öre(content.total), content?.pieces.join()];
    const here = [sale.id, order.email, öre(order.total), order.pieces.join()];
    if (there.join(' | ') !== here.join(' | ')) verdict.wrong.push(`${there.join(' | ')}, not ${here.join(' | ')}`);
  }
  const known = new Set([...links.values()].map((link) => link.reference));
  for (const [reference, booked] of sales)
    if (!known.has(reference) || booked.length > 1)
      verdict.duplicated.push(`reference ${reference} is ${booked.map((one) => one.id).join(', ')}`);
  const held = await stand.rows<{ record: string; failure: string | null }>(HELD);
  verdict.held.push(...held.map((run) => `${run.record}: ${run.failure}`));
  return verdict;
}
