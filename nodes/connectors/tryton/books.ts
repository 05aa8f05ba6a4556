import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { companyOf, kept, rowOf, rows } from './rpc.ts';
import { deskOf } from './settings.ts';
import { dayIn, dayValue } from './value.ts';

const Company = z.looseObject({
  id: z.int(),
  'party.': z.looseObject({ name: z.string() }),
  'currency.': z.looseObject({ id: z.int(), code: z.string() }),
});
const Warehouse = z.looseObject({ id: z.int(), code: z.string().nullish(), storage_location: z.int() });

/** The company whose books the user works in: its name and currency. */
export const booksOf = kept(async (session) => {
  const id = String(await companyOf(session));
  const fields = ['party.name', 'currency.code'];
  const read = await rowOf(session, 'company.company', id, { domain: [], fields, shape: Company });
  return { company: read.id, name: read['party.'].name, currency: read['currency.'] };
});

export const warehouseOf = kept(async (session) => {
  const { warehouse: code } = deskOf(session);
  const domain = [['type', '=', 'warehouse'], ...(code === '' ? [] : [['code', '=', code]])];
  const fields = ['code', 'storage_location'];
  const [found] = await rows(session, 'stock.location', { domain, fields, shape: Warehouse, limit: 1 });
  if (found !== undefined) return found;
  throw new TerminalError('TARGET_NOT_FOUND', `Tryton has no warehouse ${code}`, { field: 'warehouse' });
});

export function today(session: Session): JsonObject {
  return dayValue(dayIn(deskOf(session).timeZone, session.now));
}

/** Where and when balances are counted. */
export async function stockContext(session: Session): Promise<JsonObject> {
  const { storage_location } = await warehouseOf(session);
  return { locations: [storage_location], stock_date_end: today(session) };
}
