import type { ContractSystem } from '../../contract/subject.ts';
import { askDatabase, databaseUrl } from '../postgres.ts';
import { type Desk, decimal, openDesk } from '../tryton/desk.ts';

/** A sale as Tryton's own tables have it. */
export interface BookedSale {
  readonly id: string;
  readonly reference: string;
  readonly state: string;
}

/** What a sale says, as its own client shows it. */
export interface SaleContent {
  readonly id: string;
  readonly reference: string;
  readonly total: string;
  readonly email: string | undefined;
  /** `SKU x3`, in order of SKU; freight and rounding left out. */
  readonly pieces: readonly string[];
}

/** What people in the office do in Tryton, past the connector. */
export interface Office {
  /** Counted in the database itself. */
  sales(): Promise<BookedSale[]>;
  content(): Promise<SaleContent[]>;
  /** Picks, packs and sends all of a sale under a tracking number. */
  ship(sale: string, tracking: string): Promise<void>;
  reprice(sku: string, price: string): Promise<void>;
  rename(sku: string, name: string): Promise<void>;
  setStock(sku: string, quantity: number): Promise<void>;
}

interface Settings {
  readonly database: string;
  readonly user: string;
  readonly freightProduct: string;
}

/** `erp`: Tryton as its contract subject has started it. */
export async function openOffice(erp: ContractSystem): Promise<Office> {
  const { database, user, freightProduct } = erp.settings(erp.origin) as Settings;
  const server = process.env['LIVE_DATABASE_URL'];
  if (server === undefined) throw new Error('LIVE_DATABASE_URL says where Tryton’s tables are; npm run live sets it');
  const books = databaseUrl(server, database);
  const password = erp.secrets['password'] ?? '';
  const desk = await openDesk({ url: `${erp.origin}/${database}/`, user, password });
  const [company] = await desk.read('company.company', [], ['rec_name']);
  desk.enter(company.id);
  const [warehouse] = await desk.read('stock.location', [['type', '=', 'warehouse']], ['storage_location']);

  const productOf = async (sku: string): Promise<{ id: number; template: number }> => {
    const [found] = await desk.read('product.product', [['code', '=', sku]], ['template']);
    if (!found) throw new Error(`Tryton has no ${sku}`);
    return found;
  };
  return {
    sales: async () =>
      (await askDatabase(
        books,
        'select id::text, reference, state from sale_sale where reference is not null',
      )) as unknown as BookedSale[],
    content: () => contentOf(desk, freightProduct),
    ship: (sale, tracking) => ship(desk, Number(sale), tracking),
    async reprice(sku, price) {
      await desk.write('product.template', (await productOf(sku)).template, { list_price: decimal(price) });
    },
    async rename(sku, name) {
      await desk.write('product.template', (await productOf(sku)).template, { name });
    },
    async setStock(sku, quantity) {
      const lines = [['create', [{ product: (await productOf(sku)).id, quantity }]]];
      const inventory = await desk.create('stock.inventory', { location: warehouse.storage_location, lines });
      await desk.press('stock.inventory', 'confirm', [inventory]);
    },
  };
}

async function contentOf(desk: Desk, freight: string): Promise<SaleContent[]> {
  const sales = await desk.read('sale.sale', [['reference', '!=', null]], ['reference', 'total_amount', 'party']);
  const lines = await desk.read(
    'sale.line',
    [
      ['sale.reference', '!=', null],
      ['product', '!=', null],
    ],
    ['sale', 'quantity', 'product.code'],
  );
  const mails = await desk.read('party.contact_mechanism', [['type', '=', 'email']], ['party', 'value']);
  const mailOf = new Map<number, string>(mails.map((one) => [one.party, one.value]));
  return sales.map((sale) => ({
    id: String(sale.id),
    reference: sale.reference,
    total: sale.total_amount.decimal,
    email: mailOf.get(sale.party),
    pieces: lines
      .filter((line) => line.sale === sale.id && line['product.'].code !== freight)
      .map((line) => `${line['product.'].code} x${line.quantity}`)
      .sort(),
  }));
}

async function ship(desk: Desk, sale: number, tracking: string): Promise<void> {
  const fields = ['state', 'outgoing_moves'];
  const [{ shipments }] = (await desk.read('sale.sale', [['id', '=', sale]], ['shipments'])) as [
    { shipments: number[] },
  ];
  if (shipments.length === 0) throw new Error(`sale ${sale} has nothing to ship`);
  for (const id of shipments) {
    const [{ state }] = (await desk.read('stock.shipment.out', [['id', '=', id]], fields)) as [{ state: string }];
    if (state === 'draft') await desk.press('stock.shipment.out', 'wait', [id]);
    await desk.press('stock.shipment.out', 'assign_force', [id]);
    await desk.press('stock.shipment.out', 'pick', [id]);
    const [{ outgoing_moves }] = (await desk.read('stock.shipment.out', [['id', '=', id]], fields)) as [
      { outgoing_moves: number[] },
    ];
    const [type] = await desk.read('stock.package.type', [], ['name']);
    await desk.create('stock.package', {
      type: type?.id ?? (await desk.create('stock.package.type', { name: 'Kolli' })),
      shipment: `stock.shipment.out,${id}`,
      moves: [['add', outgoing_moves]],
      shipping_reference: tracking,
    });
    await desk.press('stock.shipment.out', 'pack', [id]);
    await desk.press('stock.shipment.out', 'done', [id]);
  }
}
