import type { Sentence } from '#runtime/error.ts';
import { connectionParam, drawn, type FlowTemplate, writeModeParam } from './template.ts';

const SHOP: Sentence = { en: 'Shop', sv: 'Webbutik' };
const ERP: Sentence = { en: 'ERP', sv: 'Affärssystem' };

function products(id: string, title: Sentence, summary: Sentence, from: Sentence, to: Sentence): FlowTemplate {
  return {
    id,
    title,
    summary,
    feature: 'orders',
    flow: drawn({
      name: title.en,
      summary: summary.en,
      trace: 'failed',
      params: {
        from: connectionParam(from.en, from.sv, ['products.list', 'products.get']),
        to: connectionParam(to.en, to.sv, ['products.find', 'products.create', 'products.update']),
        mode: writeModeParam,
      },
      steps: [
        { id: 'product', type: 'products.changed', connection: '{{ params.from }}', config: { activeOnly: true } },
        {
          id: 'write',
          type: 'products.write',
          connection: '{{ params.to }}',
          config: { mode: '{{ params.mode }}' },
        },
      ],
      wires: [['product.product', 'write.product']],
    }),
  };
}

export const productsToErp = products(
  'products-to-erp',
  { en: 'Products: shop → ERP', sv: 'Artiklar: webbutik → affärssystem' },
  {
    en: 'Simple products of the shop become articles of the ERP with the same SKU.',
    sv: 'Butikens enkla artiklar blir artiklar i affärssystemet med samma artikelnummer.',
  },
  SHOP,
  ERP,
);

export const productsToShop = products(
  'products-to-shop',
  { en: 'Products: ERP → shop', sv: 'Artiklar: affärssystem → webbutik' },
  {
    en: 'Articles of the ERP become simple products of the shop with the same SKU.',
    sv: 'Affärssystemets artiklar blir enkla artiklar i butiken med samma artikelnummer.',
  },
  ERP,
  SHOP,
);
