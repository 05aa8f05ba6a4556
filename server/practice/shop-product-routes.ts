import type { Request } from 'express';
import { readInput, shopError } from './shop-error.ts';
import { ProductInput } from './shop-input.ts';
import type { ShopProduct, ShopVariation } from './shop-model.ts';
import { pageOf, readListQuery, selected } from './shop-query.ts';
import { baseOf, batch, bodyOf, idOf, newestFirst, type Route, type ShopDesk } from './shop-routes.ts';
import { asProduct } from './shop-stock.ts';

const variationAnswer = ({ parent_id: _parent, ...variation }: ShopVariation) => variation;

export function productRoutes(route: Route, { state, actions, veil }: ShopDesk): void {
  const productOf = (id: number) => {
    const product = state.products.get(id);
    if (product === undefined) throw shopError(404, 'woocommerce_rest_product_invalid_id', 'Invalid ID.');
    return product;
  };
  route('get', '/products', 'products', 'list', (req) => {
    const query = readListQuery(req.url);
    const search = query.search?.toLowerCase();
    const skus = query.sku === undefined || query.sku === '' ? null : new Set(query.sku.split(','));
    const fits = (one: ShopProduct | ShopVariation) => {
      if (veil.hides(`product ${one.id}`) || (skus !== null && !skus.has(one.sku))) return false;
      if (query.status !== undefined && query.status !== 'any' && !query.status.split(',').includes(one.status))
        return false;
      if (query.type !== undefined && (!('type' in one) || one.type !== query.type)) return false;
      return search === undefined || one.name.toLowerCase().includes(search);
    };
    const products: (ShopProduct | ShopVariation)[] = selected(state.products.values(), query, fits);
    // A search by SKU finds variations too, as WooCommerce does.
    if (skus !== null) products.push(...selected(state.variations.values(), query, fits));
    return pageOf(products, query, baseOf(req), newestFirst, asProduct);
  });
  const create = (body: unknown) => actions.saveProduct(readInput(ProductInput, body));
  const update = (id: number, body: unknown) => actions.saveProduct(readInput(ProductInput, body), productOf(id));
  const remove = (id: number) => {
    const product = productOf(id);
    state.products.delete(id);
    return product;
  };
  route('post', '/products', 'products', 'create', (req) => ({ status: 201, body: create(bodyOf(req)) }));
  route('post', '/products/batch', 'products', 'update', (req) => batch(bodyOf(req), create, update, remove));
  route('get', '/products/:id', 'products', 'read', (req) => {
    const variation = state.variations.get(idOf(req));
    return { status: 200, body: asProduct(variation ?? productOf(idOf(req))) };
  });
  const put = (req: Request) => ({ status: 200, body: update(idOf(req), bodyOf(req)) });
  route('put', '/products/:id', 'products', 'update', put);
  route('post', '/products/:id', 'products', 'update', put);
  route('delete', '/products/:id', 'products', 'delete', (req) => ({ status: 200, body: remove(idOf(req)) }));
  variationRoutes(route, { state, actions }, productOf);
}

function variationRoutes(
  route: Route,
  { state, actions }: Pick<ShopDesk, 'state' | 'actions'>,
  productOf: (id: number) => ShopProduct,
): void {
  const variationOf = (parent: number, id: number) => {
    const variation = state.variations.get(id);
    if (variation === undefined || variation.parent_id !== parent)
      throw shopError(404, 'woocommerce_rest_product_variation_invalid_id', 'Invalid ID.');
    return variation;
  };
  route('get', '/products/:id/variations', 'products', 'list', (req) => {
    const query = readListQuery(req.url);
    const parent = productOf(idOf(req)).id;
    const fits = (one: ShopVariation) =>
      one.parent_id === parent && (query.sku === undefined || query.sku.split(',').includes(one.sku));
    return pageOf(selected(state.variations.values(), query, fits), query, baseOf(req), newestFirst, variationAnswer);
  });
  const create = (parent: number) => (body: unknown) =>
    variationAnswer(actions.saveVariation(parent, readInput(ProductInput, body)));
  const update = (parent: number) => (id: number, body: unknown) =>
    variationAnswer(actions.saveVariation(parent, readInput(ProductInput, body), variationOf(parent, id)));
  const remove = (parent: number) => (id: number) => {
    const variation = variationOf(parent, id);
    const product = productOf(parent);
    state.variations.delete(id);
    state.products.put(parent, { ...product, variations: product.variations.filter((other) => other !== id) });
    return variationAnswer(variation);
  };
  const under = '/products/:id/variations';
  route('post', under, 'products', 'create', (req) => ({
    status: 201,
    body: create(productOf(idOf(req)).id)(bodyOf(req)),
  }));
  route('post', `${under}/batch`, 'products', 'update', (req) => {
    const parent = productOf(idOf(req)).id;
    return batch(bodyOf(req), create(parent), update(parent), remove(parent));
  });
  route('get', `${under}/:variation`, 'products', 'read', (req) => ({
    status: 200,
    body: variationAnswer(variationOf(idOf(req), idOf(req, 'variation'))),
  }));
  route('put', `${under}/:variation`, 'products', 'update', (req) => ({
    status: 200,
    body: update(idOf(req))(idOf(req, 'variation'), bodyOf(req)),
  }));
  route('delete', `${under}/:variation`, 'products', 'delete', (req) => ({
    status: 200,
    body: remove(idOf(req))(idOf(req, 'variation')),
  }));
}
