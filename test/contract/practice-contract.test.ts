import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  articleFields,
  costCenterFields,
  customerFields,
  type Fields,
  orderFields,
  orderRowFields,
  priceFields,
  priceListFields,
} from '#server/practice/erp-fields.ts';
import { type PracticeHost, shopSignIn, startPracticeHost } from '../support/practice-host.ts';
import { contractDirectory, createContractJudge, missingContracts, type Vendor } from '../support/vendor-contract.ts';

const missing = missingContracts();
if (missing !== null) console.warn(missing);

describe.skipIf(missing !== null)('the practice systems against the vendors’ own descriptions', () => {
  const judge = createContractJudge();
  let host: PracticeHost;
  let bearer: string;

  beforeAll(async () => {
    host = await startPracticeHost();
    bearer = `Bearer ${host.erp.issueTokens().accessToken}`;
  });
  afterAll(() => host.close());

  /** Makes one call and lets both sides of it be judged. */
  async function call(vendor: Vendor, method: string, path: string, body?: unknown): Promise<Record<string, never>> {
    const base = vendor === 'woocommerce' ? host.shopApi : host.erpApi;
    const authorization = vendor === 'woocommerce' ? shopSignIn() : bearer;
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(`${base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const response: unknown = text === '' ? undefined : JSON.parse(text);
    const request = body === undefined ? {} : { request: body };
    expect(judge({ vendor, method, path, ...request, status: answer.status, response })).toEqual([]);
    return { status: answer.status, ...(Array.isArray(response) ? { list: response } : (response as object)) } as never;
  }
  const shop = (method: string, path: string, body?: unknown) => call('woocommerce', method, path, body);
  const erp = (method: string, path: string, body?: unknown) => call('fortnox', method, path, body);

  test('every answer of the shop about orders is a WooCommerce answer', async () => {
    const order = (await shop('POST', '/orders', {
      set_paid: true,
      customer_id: 14,
      line_items: [{ product_id: 101, quantity: 2 }, { sku: 'FORKLADE-GRON' }],
      shipping_lines: [{ method_id: 'flat_rate', method_title: 'Frakt', total: '39.20' }],
      fee_lines: [{ name: 'Expedition', total: '10.00' }],
      coupon_lines: [{ code: 'HÖST' }],
      meta_data: [{ key: '_billing_org_nr', value: '556677-8899' }],
    })) as unknown as { id: number };
    const guest = (await shop('POST', '/orders', { line_items: [{ product_id: 108 }] })) as unknown as { id: number };
    for (let seed = 1; seed <= 40; seed += 1) host.shop.placeOrder();
    await shop('PUT', `/orders/${order.id}`, { status: 'completed', meta_data: [{ key: 'erp', value: '20001' }] });
    await shop('GET', `/orders/${order.id}`);
    await shop('GET', '/orders?per_page=100&orderby=modified&order=asc');
    await shop('GET', '/orders?status=processing,completed&modified_after=2020-01-01T00:00:00&dates_are_gmt=true');
    await shop('POST', `/orders/${order.id}/notes`, { note: 'Order 20001 i Fortnox' });
    await shop('GET', `/orders/${order.id}/notes`);
    await shop('POST', `/orders/${order.id}/refunds`, { amount: '10.00', reason: 'Trasig' });
    await shop('GET', `/orders/${order.id}/refunds`);
    await shop('POST', '/orders/batch', { update: [{ id: guest.id, status: 'on-hold' }], delete: [99999] } as object);
    await shop('DELETE', `/orders/${guest.id}`);
  });

  test('every answer of the shop about customers and products is a WooCommerce answer', async () => {
    await shop('GET', '/customers?per_page=100');
    await shop('GET', '/customers?email=asa.lindstrom@example.se');
    const customer = (await shop('POST', '/customers', { email: 'ny@example.se', first_name: 'Ny' })) as unknown as {
      id: number;
    };
    await shop('PUT', `/customers/${customer.id}`, { billing: { city: 'Ystad' } });
    await shop('DELETE', `/customers/${customer.id}?force=true`);
    await shop('GET', '/products?per_page=100');
    await shop('GET', '/products?sku=FORKLADE-GRON');
    await shop('GET', '/products/110/variations');
    await shop('PUT', '/products/110/variations/111', { stock_quantity: 7, manage_stock: true });
    const product = (await shop('POST', '/products', {
      name: 'Ny vara',
      regular_price: '10',
      sku: 'NY',
    })) as unknown as {
      id: number;
    };
    await shop('POST', '/products/batch', { update: [{ id: product.id, regular_price: '12.50' }] });
    await shop('GET', `/products/${product.id}`);
    await shop('DELETE', `/products/${product.id}?force=true`);
  });

  test('every answer of the shop about webhooks, taxes and itself has the documented shape', async () => {
    const hook = { topic: 'order.created', delivery_url: `${host.origin}/nobody`, secret: 's', name: 'Weft' };
    const webhook = (await shop('POST', '/webhooks', hook)) as unknown as { id: number };
    await shop('GET', '/webhooks');
    await shop('PUT', `/webhooks/${webhook.id}`, { status: 'paused' });
    await shop('DELETE', `/webhooks/${webhook.id}?force=true`);
    for (const path of ['/taxes', '/data/currencies', '/data/currencies/current', '/system_status'])
      await shop('GET', path);
  });

  test('the shop refuses in the shape of a WooCommerce error', async () => {
    expect((await shop('GET', '/orders/7'))['status']).toBe(404);
    expect((await shop('GET', '/orders?per_page=101'))['status']).toBe(400);
    expect((await shop('POST', '/orders', { line_items: [{ product_id: 9 }] }))['status']).toBe(400);
  });

  test('every answer of the ERP about orders and invoices is a Fortnox answer', async () => {
    const order = {
      CustomerNumber: '1',
      Currency: 'EUR',
      CostCenter: 'SE',
      ExternalInvoiceReference1: 'weft-1',
      YourOrderNumber: '1042',
      DeliveryDate: '2026-11-30',
      Freight: 49,
      VATIncluded: true,
      OrderRows: [
        { ArticleNumber: 'MUGG-BLA', OrderedQuantity: '2', Price: 149, VAT: 25 },
        { ArticleNumber: 'BOK-BRODBAK', OrderedQuantity: '1', Price: 229 },
        { Description: 'Rabatt', OrderedQuantity: '1', Price: -10, VAT: 25 },
      ],
    };
    const made = (await erp('POST', '/3/orders', { Order: order })) as unknown as { Order: { DocumentNumber: string } };
    const path = `/3/orders/${made.Order.DocumentNumber}`;
    await erp('GET', path);
    await erp('PUT', path, { Order: { CustomerNumber: '1', WarehouseReady: true, DeliveryState: 'delivery' } });
    await erp('GET', '/3/orders?externalinvoicereference1=weft-1&limit=5&page=1&sortby=total&sortorder=descending');
    await erp('GET', '/3/orders?filter=invoicenotcreated&lastmodified=2026-01-01 10:00');
    await erp('PUT', `${path}/createinvoice`);
    await erp('GET', '/3/invoices?externalinvoicereference1=weft-1');
    await erp('GET', '/3/invoices/30001');
    const second = (await erp('POST', '/3/orders', { Order: { CustomerNumber: '2' } })) as unknown as typeof made;
    await erp('PUT', `/3/orders/${second.Order.DocumentNumber}/cancel`);
    await erp('GET', '/3/orders');
  });

  test('every answer of the ERP about customers, articles and prices is a Fortnox answer', async () => {
    await erp('POST', '/3/customers', {
      Customer: {
        Name: 'Blåbär & Co',
        Email: 'bla@example.se',
        OrganisationNumber: '556012-5790',
        Type: 'COMPANY',
        Phone1: '08-1',
      },
    });
    await erp('GET', '/3/customers?email=bla@example.se');
    await erp('GET', '/3/customers/1001');
    await erp('PUT', '/3/customers/1001', { Customer: { Name: 'Blåbär AB', City: 'Åmål' } });
    await erp('POST', '/3/articles', { Article: { ArticleNumber: 'A/1 ö', Description: 'Med snedstreck', VAT: 12 } });
    await erp('GET', `/3/articles/${encodeURIComponent('A/1 ö')}`);
    await erp('PUT', '/3/articles/MUGG-BLA', { Article: { Description: 'Mugg', QuantityInStock: 55 } });
    await erp('GET', '/3/articles?sortby=quantityinstock');
    await erp('GET', '/3/articles?articlenumber=MUGG-BLA');
    await erp('POST', '/3/pricelists', { PriceList: { Code: 'VIP', Description: 'Stamkunder' } });
    await erp('GET', '/3/pricelists');
    await erp('PUT', '/3/pricelists/VIP', { PriceList: { Code: 'VIP', Description: 'Stamkunder 2' } });
    await erp('POST', '/3/prices', {
      Price: { PriceList: 'VIP', ArticleNumber: 'LJUS-6', FromQuantity: 10, Price: 50 },
    });
    await erp('PUT', '/3/prices/VIP/LJUS-6/10', { Price: { PriceList: 'VIP', ArticleNumber: 'LJUS-6', Price: 51 } });
    await erp('GET', '/3/prices/VIP/LJUS-6/10');
    await erp('GET', '/3/prices/A/LJUS-6');
    await erp('GET', '/3/prices/sublist/VIP/LJUS-6');
    await erp('DELETE', '/3/prices/VIP/LJUS-6/10');
  });

  test('every answer of the ERP about its registers is a Fortnox answer', async () => {
    await erp('GET', '/3/companyinformation');
    await erp('POST', '/3/costcenters', { CostCenter: { Code: 'DK', Description: 'Webb Danmark' } });
    await erp('GET', '/3/costcenters/DK');
    for (const name of ['costcenters', 'currencies', 'termsofdeliveries', 'termsofpayments', 'wayofdeliveries'])
      await erp('GET', `/3/${name}`);
    await erp('GET', '/3/currencies/EUR');
    await erp('GET', '/3/wayofdeliveries/DHL');
  });

  test('the ERP refuses in the shape of a Fortnox error', async () => {
    const stranger = await erp('POST', '/3/orders', { Order: { CustomerNumber: '404' } });
    expect(stranger['status']).toBe(400);
    expect((await erp('GET', '/3/orders/1'))['status']).toBe(404);
    bearer = 'Bearer nobody';
    expect((await erp('GET', '/3/orders'))['status']).toBe(401);
    bearer = `Bearer ${host.erp.issueTokens().accessToken}`;
    host.erp.setFaults({ operations: { '*': { tooMany: 1 } } });
    expect((await erp('GET', '/3/orders'))['status']).toBe(429);
    host.erp.setFaults({});
  });

  test('the ERP’s sign-in answers as the OAuth documents say', async () => {
    const { clientId, clientSecret } = host.keys;
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const request = { grant_type: 'refresh_token', refresh_token: host.erp.issueTokens().refreshToken };
    for (const status of [200, 400]) {
      const answer = await fetch(`${host.erpApi}/oauth-v1/token`, {
        method: 'POST',
        headers: { authorization: basic },
        body: new URLSearchParams(request),
      });
      expect(answer.status).toBe(status);
      const response: unknown = await answer.json();
      const call = { vendor: 'fortnox', method: 'POST', path: '/oauth-v1/token', request, status, response } as const;
      expect(judge(call)).toEqual([]);
    }
  });

  test('the ERP knows every field of Fortnox’s documents, with the same greatest lengths', () => {
    const source = readFileSync(join(contractDirectory, 'derived/fortnox-subset.prism.json'), 'utf8');
    const { components } = JSON.parse(source) as { components: { schemas: Record<string, FortnoxSchema> } };
    const tables: Record<string, Fields> = {
      fortnox_Order: orderFields,
      fortnox_Order_OrderRow: orderRowFields,
      fortnox_Customer: customerFields,
      fortnox_Article: articleFields,
      fortnox_PriceList: priceListFields,
      fortnox_Price: priceFields,
      fortnox_CostCenter: costCenterFields,
    };
    for (const [name, fields] of Object.entries(tables)) {
      const properties = components.schemas[name]?.properties ?? {};
      expect(Object.keys(fields).sort(), name).toEqual(Object.keys(properties).sort());
      for (const [field, schema] of Object.entries(properties)) {
        const own = fields[field];
        const place = `${name}.${field}`;
        if (schema.maxLength !== undefined && schema.maxLength < 2 ** 31 - 1)
          expect(own?.max, place).toBe(schema.maxLength);
        if (schema.enum !== undefined && own?.options !== undefined) expect(own.options, place).toEqual(schema.enum);
      }
    }
  });

  test('the judge sees what does not belong', () => {
    const order = { Order: { CustomerNumber: '1', Colour: 'red' } };
    const wrong = judge({ vendor: 'fortnox', method: 'POST', path: '/3/orders', request: order });
    expect(wrong.join()).toContain('Colour');
    expect(judge({ vendor: 'fortnox', method: 'GET', path: '/3/orders?colour=red' }).join()).toContain('colour');
    const status = judge({ vendor: 'woocommerce', method: 'PUT', path: '/orders/1', request: { status: 'shipped' } });
    expect(status.join()).toContain('status');
    expect(judge({ vendor: 'woocommerce', method: 'GET', path: '/nowhere' }).join()).toContain('no such path');
  });
});

interface FortnoxSchema {
  properties: Record<string, { maxLength?: number; enum?: string[] }>;
}
