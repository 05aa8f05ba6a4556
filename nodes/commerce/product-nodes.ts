import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type AnyNode, defineNode, label, options } from '#runtime/node.ts';
import { AnyValue } from '../core/value.ts';
import { portTitles } from '../port-titles.ts';
import { DocumentRef, productsCreate, productsFind, productsUpdate } from './capabilities.ts';
import * as sample from './examples.ts';
import { skuKey } from './identity.ts';
import { matchProduct } from './match.ts';
import { Product } from './model.ts';
import { createsOnly, Id, revisionOf, WriteMode } from './setting.ts';

const productsRead = defineNode({
  type: 'products.read',
  version: 1,
  title: { en: 'Read product', sv: 'Läs artikel' },
  summary: {
    en: 'Fetches the product with a SKU from the chosen system.',
    sv: 'Hämtar artikeln med ett visst artikelnummer från det valda systemet.',
  },
  group: 'action',
  icon: 'package-open',
  feature: 'orders',
  effect: 'read',
  config: z.strictObject({
    sku: Id.meta(
      label('SKU', 'Artikelnummer', {
        en: 'A binding such as {{ value.sku }}.',
        sv: 'En bindning som {{ value.sku }}.',
      }),
    ),
  }),
  inputs: { value: AnyValue },
  outputs: { product: Product, missing: AnyValue },
  portTitles: portTitles('value', 'product', 'missing'),
  needs: { find: productsFind },
  examples: [
    {
      title: { en: 'The article of an SKU', sv: 'Artikeln med ett artikelnummer' },
      config: { sku: 'KEPS-BLÅ' },
      input: { value: { sku: 'KEPS-BLÅ' } },
      output: { product: sample.product },
      given: { answers: { find: [sample.product] } },
    },
    {
      title: { en: 'There is none: what came in goes on', sv: 'Den finns inte: det som kom in går vidare' },
      config: { sku: 'MÖSSA' },
      input: { value: { sku: 'MÖSSA' } },
      output: { missing: { sku: 'MÖSSA' } },
      given: { answers: { find: [] } },
    },
  ],
  run: async ({ config, input, use }) => {
    const product = await matchProduct(config.sku, 'sku', use.find);
    return product ? { product } : { missing: input.value };
  },
});

/** Throws unless the product can be written whole: package 100 transfers simple products only, never half a product. */
function refuseCompound(product: Product, variants: 'refuse' | 'flatten'): void {
  if (product.kind === 'simple' || product.kind === 'service') return;
  if (product.kind === 'variant' && variants === 'flatten') return;
  const name = `${product.sku ?? product.source.id} (${product.name})`;
  throw new TerminalError(
    'UNSUPPORTED',
    `product ${name} is of kind ${product.kind}: only simple products are transferred`,
    {
      field: 'product.kind',
      details: { kind: product.kind },
    },
  );
}

function skuOf(product: Product): string {
  const sku = product.sku === undefined ? '' : skuKey(product.sku);
  if (sku !== '') return sku;
  throw new TerminalError('INPUT_INVALID', `product ${product.source.id} (${product.name}) has no SKU`, {
    field: 'product.sku',
  });
}

export const productsWrite = defineNode({
  type: 'products.write',
  version: 1,
  title: { en: 'Write product', sv: 'Skriv artikel' },
  summary: {
    en: 'Creates the product in the chosen system, or updates the one with the same SKU; simple products only.',
    sv: 'Skapar artikeln i det valda systemet, eller uppdaterar den med samma artikelnummer; bara enkla artiklar.',
  },
  group: 'action',
  icon: 'package-plus',
  feature: 'orders',
  effect: 'write',
  config: z.strictObject({
    mode: WriteMode,
    variants: z
      .enum(['refuse', 'flatten'])
      .default('refuse')
      .meta({
        ...label('Variants', 'Varianter', {
          en: 'What is done with a product that comes in sizes or colours.',
          sv: 'Vad som görs med en artikel som finns i storlekar eller färger.',
        }),
        ...options({
          refuse: ['A product with variants stops', 'En artikel med varianter stoppas'],
          flatten: [
            'Each variant becomes a simple product; its parent is passed over',
            'Varje variant blir en enkel artikel; huvudartikeln hoppas över',
          ],
        }),
      }),
  }),
  inputs: { product: Product },
  outputs: { document: DocumentRef, exists: DocumentRef, skipped: Product },
  portTitles: portTitles('product', 'document', 'exists', 'skipped'),
  needs: { find: productsFind, create: productsCreate, update: productsUpdate },
  spares: (config) => (createsOnly(config) ? ['update'] : []),
  examples: [
    {
      title: { en: 'A new product is created', sv: 'En ny artikel skapas' },
      config: {},
      input: { product: sample.product },
      output: { document: sample.article },
      given: { answers: { find: [], create: sample.article } },
    },
    {
      title: { en: 'It exists: it is left as it is', sv: 'Den finns: den lämnas som den är' },
      config: { mode: 'create' },
      input: { product: sample.product },
      output: { exists: { ...sample.article, created: false } },
      given: { answers: { find: [sample.product] } },
    },
  ],
  run: async ({ config, input, use, note, now }) => {
    const { product } = input;
    if (product.kind === 'variable' && config.variants === 'flatten') {
      note(`${product.name}: its variants are written, each as a product of its own`);
      return { skipped: product };
    }
    refuseCompound(product, config.variants);
    const sku = skuOf(product);
    const found = await matchProduct(sku, 'product.sku', use.find);
    const made = found ? null : await use.create({ product });
    if (made?.created) return { document: made };
    const id = found?.source.id ?? made?.id ?? sku;
    if (config.mode === 'create') {
      note(`product ${sku} exists already: left as it is`);
      return { exists: made ?? { id, number: found?.sku ?? id, created: false } };
    }
    return { document: await use.update({ id, product, revision: revisionOf(product, now) }) };
  },
});

export const productNodes: readonly AnyNode[] = [productsRead, productsWrite];
