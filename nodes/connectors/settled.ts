import { add, money, sumTaxed, type Taxed, taxed } from '../commerce/money.ts';

/**
 * Systems round rows and totals apart, so the rows may miss the total by a few minor units. The total is what the buyer
 * paid: the difference goes to the largest row. More than one unit a row is no rounding and is left to be seen: whoever makes a
 * document of the order compares its rows with its total.
 */
export function settle(rows: readonly { total: Taxed }[], totals: Taxed): void {
  const sum = sumTaxed(
    rows.map((row) => row.total),
    totals.gross.currency,
  );
  const net = totals.net.amount - sum.net.amount;
  const tax = totals.tax.amount - sum.tax.amount;
  if (net === 0 && tax === 0) return;
  const most = Math.max(1, rows.length);
  const largest = rows.reduce<{ total: Taxed } | undefined>(
    (best, row) => (best === undefined || row.total.gross.amount > best.total.gross.amount ? row : best),
    undefined,
  );
  if (largest === undefined || Math.abs(net) > most || Math.abs(tax) > most) return;
  const currency = totals.gross.currency;
  largest.total = taxed(add(largest.total.net, money(net, currency)), add(largest.total.tax, money(tax, currency)));
}
