import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { type ListQuery, stockFind, stockList, stockSet } from '../../commerce/capabilities.ts';
import { scaledOf } from '../../commerce/decimal.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Page, StockLevel } from '../../commerce/model.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import { every, idIn, pageAt } from './list.ts';
import { levelsFromMedusa } from './product-map.ts';
import { settingsOf } from './settings.ts';
import { INVENTORY_FIELDS, MedusaInventory } from './shape.ts';

const PATH = 'admin/inventory-items';
const PAGE = 500;
/** Items that may be deleted between two pages without another being passed over. */
const MARGIN = 20;

const readInventory = (body: Json): MedusaInventory => readAnswer(MedusaInventory, body, 'inventory_item');

async function bySkus(session: Session, skus: readonly string[]): Promise<MedusaInventory[]> {
  const wanted = new Set(skus.map(skuKey));
  const query = { 'sku[]': [...wanted], fields: INVENTORY_FIELDS, limit: 1000 };
  return (await pageAt(session, PATH, query)).map(readInventory).filter((one) => wanted.has(skuKey(one.sku ?? '')));
}

/** Neither a product's clock nor an item's moves with a balance, only the level's own, which cannot be asked by: so all are read. */
async function listStock(session: Session, input: ListQuery): Promise<Page<StockLevel>> {
  const offset = readCursor(z.int().min(0), input.cursor) ?? 0;
  const query = { fields: INVENTORY_FIELDS, order: 'id', limit: PAGE, offset };
  const entries = await pageAt(session, PATH, query);
  const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
  const { stockLocation } = settingsOf(session);
  const page = await readEach(entries, idIn, (entry) =>
    levelsFromMedusa(readInventory(entry), session.connection, stockLocation),
  );
  const items = page.items.flat().filter((one) => Date.parse(one.changedAt ?? '') >= since);
  const cursor = entries.length < PAGE ? {} : { cursor: JSON.stringify(offset + PAGE - MARGIN) };
  return { ...page, items, ...cursor };
}

type StockInput = Parameters<NonNullable<typeof stockSet.identity>>[0];

const Location = z.looseObject({ id: z.string(), name: z.string() });

/** Where the balance is to stand: the place the level names, else the connection's, else the only one there is. */
function placeFor(
  input: StockInput,
  item: MedusaInventory,
  locations: readonly z.infer<typeof Location>[],
  own: string,
): string {
  const named = locations.find((one) => one.name === input.level.warehouse);
  const set = own === '' ? undefined : locations.find((one) => one.name === own);
  if (own !== '' && set === undefined) {
    throw new TerminalError('CONFIG_INVALID', `the shop has no stock location “${own}”`, { field: 'stockLocation' });
  }
  const [only, ...others] =
    item.location_levels.length > 0
      ? item.location_levels.map((one) => one.location_id)
      : locations.map((one) => one.id);
  const id = (set ?? named)?.id ?? (others.length === 0 ? only : undefined);
  if (id !== undefined) return id;
  const message = `${input.level.sku} has several stock locations: name one in the connection’s settings`;
  throw new TerminalError('MATCH_AMBIGUOUS', message, { field: 'stockLocation' });
}

/** Medusa promises what is stocked less what is reserved, so a figure of what may be promised has the reserved put on. */
function quantityOf({ level, figure }: StockInput, reserved: number): number {
  const wanted = figure === 'onHand' ? level.onHand : (level.available ?? level.onHand);
  scaledOf(wanted, 'level');
  const stocked = Number(wanted) + (figure === 'onHand' || level.available === undefined ? 0 : reserved);
  return Math.max(0, stocked);
}

type Answer = { readonly id: string } | Error;

async function setAll(session: Session, inputs: readonly StockInput[]): Promise<Answer[]> {
  const [items, locationEntries] = await Promise.all([
    bySkus(
      session,
      inputs.map((input) => input.level.sku),
    ),
    every(session, 'admin/stock-locations', { fields: 'id,name' }),
  ]);
  const locations = locationEntries.map((entry) => readAnswer(Location, entry, 'stock_location'));
  const { stockLocation } = settingsOf(session);
  const [create, update]: [JsonObject[], JsonObject[]] = [[], []];
  const answers = inputs.map((input): Answer => {
    try {
      const item = only(items, input.level.sku);
      const location_id = placeFor(input, item, locations, stockLocation);
      const standing = item.location_levels.find((one) => one.location_id === location_id);
      const stocked_quantity = quantityOf(input, Number(standing?.reserved_quantity ?? 0));
      (standing ? update : create).push({ inventory_item_id: item.id, location_id, stocked_quantity });
      const id = item.variants.find((one) => one !== null && skuKey(one.sku ?? '') === skuKey(input.level.sku))?.id;
      return { id: id ?? item.variants.find((one) => one !== null)?.id ?? item.id };
    } catch (error) {
      return error as Error;
    }
  });
  if (create.length + update.length > 0)
    await session.http({ method: 'POST', path: `${PATH}/location-levels/batch`, body: { create, update } });
  return answers;
}

function only(items: readonly MedusaInventory[], sku: string): MedusaInventory {
  const [one, ...others] = items.filter((item) => skuKey(item.sku ?? '') === skuKey(sku));
  if (one === undefined) {
    throw new TerminalError('ARTICLE_MISSING', `no variant with the SKU ${sku} has a balance`, { field: 'sku' });
  }
  if (others.length === 0) return one;
  throw new TerminalError('MATCH_AMBIGUOUS', `${others.length + 1} inventory items have the SKU ${sku}`, {
    field: 'sku',
  });
}

export const stockOffers: readonly AnyOffer[] = [
  offerRead(stockList, listStock),
  offerRead(stockFind, async (session, { sku }) => {
    const { stockLocation } = settingsOf(session);
    return (await bySkus(session, [sku])).flatMap((one) => levelsFromMedusa(one, session.connection, stockLocation));
  }),
  offerWrite(stockSet, {
    // An absolute figure: sent twice, it stands once.
    class: 'A',
    async run(session, input) {
      const [answer] = await setAll(session, [input]);
      if (answer instanceof Error) throw answer;
      return { id: answer?.id ?? input.level.sku };
    },
    batch: {
      max: 100,
      run: (session, calls) =>
        setAll(
          session,
          calls.map(({ input }) => input),
        ),
    },
  }),
];
