import type { Request } from 'express';
import { erpError } from './erp-error.ts';
import { type Document, priceFields, priceListFields, readDocument } from './erp-fields.ts';
import type { ErpPrice, ErpPriceList } from './erp-model.ts';
import { erpPage, fieldsOf, readQuery } from './erp-query.ts';
import { type ErpDesk, type ErpRoute, located, paramOf } from './erp-routes.ts';
import { priceKey } from './erp-state.ts';
import type { Reply } from './reply.ts';

/** Price lists, and the prices of articles in them by quantity. */
export function erpPriceRoutes(route: ErpRoute, { state, clock }: ErpDesk): void {
  const listOf = (code: string): ErpPriceList => {
    const list = state.priceLists.get(code);
    if (list === undefined) throw erpError('notFound', code);
    return list;
  };
  const listPath = (list: Document) => `pricelists/${encodeURIComponent(String(list['Code']))}`;
  const wrappedList = (req: Request, status: number, list: ErpPriceList): Reply => ({
    status,
    body: { PriceList: located(req, listPath(list), list) },
  });
  route('get', '/pricelists', 'pricelists', 'list', (req) =>
    erpPage([...state.priceLists.values()], readQuery(req, []), 'PriceLists', {}, (list) =>
      located(req, listPath(list), list),
    ),
  );
  route('post', '/pricelists', 'pricelists', 'create', (req) => {
    const given = readDocument(req.body, 'PriceList', priceListFields);
    const { Code, Description } = given;
    if (typeof Code !== 'string' || state.priceLists.get(Code) !== undefined)
      throw erpError('parameter', 'PriceList.Code');
    if (typeof Description !== 'string') throw erpError('parameter', 'PriceList.Description');
    const list: ErpPriceList = { Comments: '', PreSelected: false, ...given, Code, Description };
    state.priceLists.put(Code, list);
    return wrappedList(req, 201, list);
  });
  route('get', '/pricelists/:code', 'pricelists', 'read', (req) => wrappedList(req, 200, listOf(paramOf(req, 'code'))));
  route('put', '/pricelists/:code', 'pricelists', 'update', (req) => {
    const before = listOf(paramOf(req, 'code'));
    const list = { ...before, ...readDocument(req.body, 'PriceList', priceListFields), Code: before.Code };
    state.priceLists.put(list.Code, list);
    return wrappedList(req, 200, list);
  });

  const pricePath = (price: ErpPrice) =>
    `prices/${[price.PriceList, price.ArticleNumber, price.FromQuantity].map((part) => encodeURIComponent(part)).join('/')}`;
  const wrapped = (req: Request, status: number, price: ErpPrice): Reply => ({
    status,
    body: { Price: located(req, pricePath(price), price) },
  });
  const fromOf = (req: Request) => {
    const from = Number(req.params['from'] ?? 0);
    if (!Number.isFinite(from)) throw erpError('numeric', 'FromQuantity');
    return from;
  };
  const priceOf = (req: Request): ErpPrice => {
    const key = priceKey(paramOf(req, 'list'), paramOf(req, 'article'), fromOf(req));
    const price = state.prices.get(key);
    if (price === undefined) throw erpError('notFound', key);
    return price;
  };
  const keep = (given: Document): ErpPrice => {
    const { PriceList, ArticleNumber } = given;
    if (typeof PriceList !== 'string' || state.priceLists.get(PriceList) === undefined)
      throw erpError('parameter', 'Price.PriceList');
    if (typeof ArticleNumber !== 'string' || state.articles.get(ArticleNumber) === undefined)
      throw erpError('articleMissing', String(ArticleNumber));
    const from = Number(given['FromQuantity'] ?? 0);

    const price: ErpPrice = {
      Percent: 0,
      Price: 0,
      ...given,
      PriceList,
      ArticleNumber,
      FromQuantity: from,
      Date: new Date(clock()).toISOString(),
    };
    state.prices.put(priceKey(PriceList, ArticleNumber, from), price);
    return price;
  };
  route('post', '/prices', 'prices', 'create', (req) =>
    wrapped(req, 201, keep(readDocument(req.body, 'Price', priceFields))),
  );
  route('get', '/prices/sublist/:list/:article', 'prices', 'list', (req) => {
    const found = state.pricesOf(listOf(paramOf(req, 'list')).Code, paramOf(req, 'article'));
    return erpPage([...found], readQuery(req, []), 'Prices', {}, (price) =>
      located(
        req,
        pricePath(price as ErpPrice),
        fieldsOf(price, ['ArticleNumber', 'FromQuantity', 'Price', 'PriceList']),
      ),
    );
  });
  const put = (req: Request): Reply => {
    const { PriceList: _list, ArticleNumber: _article, ...given } = readDocument(req.body, 'Price', priceFields);
    const key = { PriceList: paramOf(req, 'list'), ArticleNumber: paramOf(req, 'article'), FromQuantity: fromOf(req) };
    const before = state.prices.get(priceKey(key.PriceList, key.ArticleNumber, key.FromQuantity));
    return wrapped(req, 200, keep({ ...before, ...given, ...key }));
  };
  for (const path of ['/prices/:list/:article', '/prices/:list/:article/:from']) {
    route('get', path, 'prices', 'read', (req) => wrapped(req, 200, priceOf(req)));
    route('put', path, 'prices', 'update', put);
  }
  route('delete', '/prices/:list/:article/:from', 'prices', 'delete', (req) => {
    const price = priceOf(req);
    state.prices.delete(priceKey(price.PriceList, price.ArticleNumber, price.FromQuantity));
    return { status: 204 };
  });
}
