import type { PracticeKeys, WeftProcess } from './weft-process.ts';

export interface ShopOrder {
  readonly id: number;
  readonly number: string;
  readonly status: string;
  readonly notes: readonly { readonly author: string; readonly note: string }[];
}

export interface ErpOrder {
  readonly number: string;
  readonly reference: string;
  readonly yourOrder: string;
  readonly customer: string;
  readonly total: number;
  readonly cancelled: boolean;
  readonly lines: readonly string[];
}

/** The practice systems of a running Weft, as their pages and vendors' APIs show them. */
export interface PracticeClient {
  /** Places random orders as the shop's page does; answers their numbers. */
  place(count: number): Promise<string[]>;
  placeLines(lines: readonly { readonly product_id: number; readonly quantity: number }[]): Promise<string>;
  shopOrders(): Promise<ShopOrder[]>;
  erpOrders(): Promise<ErpOrder[]>;
  /** The shop's own API, with its keys. */
  shop(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The ERP's own API, signed in by OAuth as a person would. */
  erp(method: string, path: string, body?: unknown): Promise<unknown>;
}

const basic = (name: string, secret: string): string => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

async function ask(method: string, url: string, authorization: string | null, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}: ${text.slice(0, 300)}`);
  return text === '' ? null : JSON.parse(text);
}

/** Goes through the ERP's sign-in page with "Approve". */
async function signIn({ erp, clientId, clientSecret }: PracticeKeys): Promise<string> {
  const back = 'http://127.0.0.1/back';
  const form = { client_id: clientId, redirect_uri: back, response_type: 'code', state: 's', scope: '', answer: 'yes' };
  const approved = await fetch(`${erp}oauth-v1/auth`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(form),
  });
  const code = new URL(approved.headers.get('location') ?? back).searchParams.get('code') ?? '';
  const answer = await fetch(`${erp}oauth-v1/token`, {
    method: 'POST',
    headers: { authorization: basic(clientId, clientSecret) },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: back }),
  });
  const { access_token: token } = (await answer.json()) as { access_token?: string };
  if (!token) throw new Error('the practice ERP gave no token');
  return token;
}

export function practiceOf(weft: Pick<WeftProcess, 'practice'>): PracticeClient {
  const keys = weft.practice;
  if (!keys) throw new Error('no practice systems were printed');
  let token: Promise<string> | undefined;
  const place = async (order: object): Promise<string[]> => {
    const placed = (await ask('POST', `${keys.shop}page/orders`, null, order)) as { numbers: (string | number)[] };
    return placed.numbers.map(String);
  };
  return {
    place: (count) => place({ random: count }),
    placeLines: async (line_items) => {
      const [number] = await place({ customer_id: 11, line_items, payment_method: 'card' });
      return number ?? '';
    },
    shopOrders: async () => ((await ask('GET', `${keys.shop}page/orders`, null)) as { orders: ShopOrder[] }).orders,
    erpOrders: async () => ((await ask('GET', `${keys.erp}page/books`, null)) as { orders: ErpOrder[] }).orders,
    shop: (method, path, body) =>
      ask(method, `${keys.shop}wp-json/wc/v3/${path}`, basic(keys.consumerKey, keys.consumerSecret), body),
    erp: async (method, path, body) => {
      token ??= signIn(keys);
      return ask(method, `${keys.erp}3/${path}`, `Bearer ${await token}`, body);
    },
  };
}
