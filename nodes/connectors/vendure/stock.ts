import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { type FlowError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { pricesList, pricesSet, stockFind, stockList, stockSet } from '../../commerce/capabilities.ts';
import { scaledOf } from '../../commerce/decimal.ts';
import type { Price, StockLevel } from '../../commerce/model.ts';
import { pointsOf } from './amount.ts';
import { changedPage, type Listing } from './changes.ts';
import { graphql } from './graphql.ts';
import { instantOf, latestIn } from './moment.ts';
import { channelPrice, levelFromVendure, pricesFromVendure, stockAt, wholePieces } from './product-map.ts';
import { changedAtOf, hasSku, PRODUCTS, readVariant, VARIANTS, variantsBySku } from './products.ts';
import { type ShopTraits, settingsOf } from './settings.ts';
import { Made, VARIANT, VARIANT_TIMES, type VendureVariant } from './shape.ts';

const LEVELS: Listing<StockLevel> = {
  // a sale moves the stock level’s own stamp and no other, and levels cannot be listed by themselves: all are looked at
  sources: [{ ...VARIANTS, by: 'all', times: VARIANT_TIMES }],
  field: 'productVariants',
  selection: () => VARIANT,
  read(entry, traits) {
    const variant = readVariant(entry);
    return levelFromVendure(variant, instantOf(latestIn(variant)), traits);
  },
};

const PRICES: Listing<Price> = {
  sources: [VARIANTS, PRODUCTS],
  field: 'productVariants',
  selection: () => VARIANT,
  read(entry, traits) {
    const variant = readVariant(entry);
    return pricesFromVendure(variant, changedAtOf(variant), traits);
  },
};

type StockInput = z.output<typeof stockSet.input>;
type PriceInput = z.output<typeof pricesSet.input>;
type Update = (variant: VendureVariant, traits: ShopTraits) => JsonObject;

/** The balance at the place the settings name; without one the shop must have one place only. */
function stockUpdate({ level, figure }: StockInput, session: Session): Update {
  return (variant, { settings }) => {
    const { stockLevels: levels } = variant;
    const location = settingsOf(session).stockLocation;
    const place = levels.find((one) => one.stockLocation.name === location);
    if (location !== '' && !place) {
      const message = `variant ${variant.id} is not kept at “${location}”`;
      throw new TerminalError('TARGET_REFUSED', message, { field: 'settings.stockLocation' });
    }
    if (location === '' && levels.length > 1) {
      const message = 'the shop has several stock locations: name one in the connection';
      throw new TerminalError('TARGET_REFUSED', message, { field: 'settings.stockLocation' });
    }
    const { allocated } = stockAt(variant, settings.stockLocation);
    const promised = figure === 'available' && level.available !== undefined;
    // Vendure counts what is sold but not sent as on hand still
    const onHand = wholePieces(promised ? (level.available ?? '0') : level.onHand) + (promised ? allocated : 0);
    const tracked = variant.trackInventory === 'FALSE' ? { trackInventory: 'TRUE' } : {};
    return place
      ? { ...tracked, stockLevels: [{ stockLocationId: place.stockLocation.id, stockOnHand: onHand }] }
      : { ...tracked, stockOnHand: onHand };
  };
}

function priceUpdate({ price }: PriceInput): Update {
  if (price.priceList !== undefined) {
    const message = 'Vendure has one price per channel and currency, and no price lists';
    throw new TerminalError('UNSUPPORTED', message, { field: 'price.priceList' });
  }
  if (scaledOf(price.fromQuantity).units > 0n && !/^1(\.0+)?$/.test(price.fromQuantity)) {
    throw new TerminalError('UNSUPPORTED', 'Vendure has no prices by quantity', { field: 'price.fromQuantity' });
  }
  if (price.offer) {
    const message = 'Vendure has offers as promotions, not as prices';
    throw new TerminalError('UNSUPPORTED', message, { field: 'price.offer' });
  }
  return (variant, traits) => {
    const currency = price.currency ?? variant.currencyCode;
    const about = { includesTax: price.includesTax, taxRate: pointsOf(variant.taxRateApplied.value), currency };
    return { prices: [{ currencyCode: currency, price: channelPrice(price.price, about, traits) }] };
  };
}

function only(variants: readonly VendureVariant[], sku: string): VendureVariant {
  const mine = variants.filter((one) => hasSku(one, sku));
  if (mine.length === 1 && mine[0]) return mine[0];
  if (mine.length === 0) {
    throw new TerminalError('ARTICLE_MISSING', `no variant in the shop has the SKU ${sku}`, { field: 'sku' });
  }
  const ids = mine.map((one) => one.id).join(', ');
  throw new TerminalError('MATCH_AMBIGUOUS', `variants ${ids} all have the SKU ${sku}`, { field: 'sku' });
}

const Updated = z.looseObject({ updateProductVariants: z.array(Made.nullable()) });
async function send(session: Session, input: readonly JsonObject[]): Promise<void> {
  await graphql(
    session,
    Updated,
    'mutation($input:[UpdateProductVariantInput!]!){updateProductVariants(input:$input){id}}',
    { input },
  );
}

interface Wanted {
  readonly sku: string;
  readonly update: Update;
}
type Answer = { id: string } | Error;

async function writeOne(session: Session, { sku, update }: Wanted): Promise<{ id: string }> {
  const [found, traits] = await variantsBySku(session, [sku]);
  const variant = only(found, sku);
  await send(session, [{ id: variant.id, ...update(variant, traits) }]);
  return { id: variant.id };
}

/** Many SKUs in one transaction; where the shop refuses it for one of them, each by itself. */
async function writeMany(session: Session, wanted: readonly (Wanted | Error)[]): Promise<Answer[]> {
  const able = wanted.filter((one): one is Wanted => !(one instanceof Error));
  const [found, traits] =
    able.length === 0
      ? [[], undefined]
      : await variantsBySku(
          session,
          able.map((one) => one.sku),
        );
  const answers: Answer[] = [];
  const updates: JsonObject[] = [];
  for (const one of wanted) {
    try {
      if (one instanceof Error || traits === undefined) throw one;
      const variant = only(found, one.sku);
      updates.push({ id: variant.id, ...one.update(variant, traits) });
      answers.push({ id: variant.id });
    } catch (error) {
      answers.push(error as Error);
    }
  }
  if (updates.length === 0) return answers;
  try {
    await send(session, updates);
    return answers;
  } catch (error) {
    if (!(error instanceof TerminalError) || updates.length === 1) {
      return answers.map((answer) => (answer instanceof Error ? answer : (error as FlowError)));
    }
  }
  const alone: Answer[] = [];
  for (const [index, one] of wanted.entries()) {
    const known = answers[index];
    if (one instanceof Error || known instanceof Error) alone.push(known as Error);
    else alone.push(await writeOne(session, one).catch((error: Error) => error));
  }
  return alone;
}

const MOST = 100;

/** What is wrong with one input is that one's answer, not the whole call's. */
function wantedOf(sku: string, make: () => Update): Wanted | Error {
  try {
    return { sku, update: make() };
  } catch (error) {
    return error as Error;
  }
}

export const stockOffers: readonly AnyOffer[] = [
  offerRead(stockList, async (session, query) => {
    const page = await changedPage(session, query, LEVELS);
    return page;
  }),
  offerRead(stockFind, async (session, { sku }) => {
    const [found, traits] = await variantsBySku(session, [sku]);
    return found
      .filter((one) => hasSku(one, sku))
      .flatMap((one) => levelFromVendure(one, instantOf(latestIn(one)), traits));
  }),
  offerWrite(stockSet, {
    class: 'A',
    run: (session, input) => writeOne(session, { sku: input.level.sku, update: stockUpdate(input, session) }),
    batch: {
      max: MOST,
      run: (session, calls) =>
        writeMany(
          session,
          calls.map(({ input }) => wantedOf(input.level.sku, () => stockUpdate(input, session))),
        ),
    },
  }),
  offerRead(pricesList, async (session, query) => {
    if (query.priceList === undefined) return changedPage(session, query, PRICES);
    const message = 'Vendure has one price per channel and currency, and no price lists';
    throw new TerminalError('UNSUPPORTED', message, { field: 'priceList' });
  }),
  offerWrite(pricesSet, {
    class: 'A',
    run: (session, input) => writeOne(session, { sku: input.price.sku, update: priceUpdate(input) }),
    batch: {
      max: MOST,
      run: (session, calls) =>
        writeMany(
          session,
          calls.map(({ input }) => wantedOf(input.price.sku, () => priceUpdate(input))),
        ),
    },
  }),
];
