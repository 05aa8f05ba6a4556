import type { Request } from 'express';
import { erpError } from './erp-error.ts';
import { articleFields, costCenterFields, customerFields, type Document, readDocument } from './erp-fields.ts';
import type { ErpArticle, ErpCostCenter, ErpCustomer, Kept } from './erp-model.ts';
import { checkRegisterCodes, listPrice } from './erp-order.ts';
import { erpFilter, erpPage, fieldsOf, readQuery } from './erp-query.ts';
import { type ErpDesk, type ErpRoute, located, paramOf } from './erp-routes.ts';
import { company, currencies, termsOfDelivery, termsOfPayment, wayOfDelivery } from './erp-seed.ts';
import { newArticle, newCustomer } from './erp-state.ts';
import type { Reply } from './reply.ts';

/** Customers, articles, price lists and the small registers of the practice ERP. */

const customerFilters = {
  same: { customernumber: 'CustomerNumber', gln: 'GLN', glndelivery: 'GLNDelivery', zipcode: 'ZipCode' },
  part: { name: 'Name', city: 'City', phone: 'Phone1' },
};
const customerQuery = [
  ...Object.keys(customerFilters.same),
  ...Object.keys(customerFilters.part),
  'email',
  'organisationnumber',
  'filter',
  'lastmodified',
];
const customerListFields = 'Address1 Address2 City CustomerNumber Email Name OrganisationNumber ZipCode'.split(' ');

/** `filter=active|inactive`, for customers and articles. */
function activeness(filter: string | undefined): (document: { Active: boolean }) => boolean {
  if (filter === undefined) return () => true;
  if (filter !== 'active' && filter !== 'inactive') throw erpError('parameter', `filter: ${filter}`);
  return (document) => document.Active === (filter === 'active');
}

export function erpCustomerRoutes(route: ErpRoute, { state, veil, clock }: ErpDesk): void {
  const customerOf = (number: string): Kept<ErpCustomer> => {
    const kept = state.customers.get(number);
    if (kept === undefined) throw erpError('notFound', number);
    return kept;
  };
  const wrapped = (req: Request, status: number, document: ErpCustomer): Reply => ({
    status,
    body: { Customer: located(req, `customers/${document.CustomerNumber}`, document) },
  });
  route('get', '/customers', 'customers', 'list', (req) => {
    const query = readQuery(req, customerQuery);
    const fits = erpFilter(query, customerFilters);
    const active = activeness(query['filter']);
    const { email, organisationnumber: organisation } = query;
    const byEmail = email === undefined ? null : state.customersByEmail(email);
    const byOrganisation = organisation === undefined ? null : state.customersByOrganisation(organisation);
    const found: Document[] = [];
    for (const kept of byEmail ?? byOrganisation ?? state.customers.values()) {
      if (!fits(kept) || !active(kept.document) || veil.hides(`customer ${kept.document.CustomerNumber}`)) continue;
      if (byOrganisation === null || byOrganisation.includes(kept)) found.push(kept.document);
    }
    return erpPage(found, query, 'Customers', { customernumber: 'CustomerNumber', name: 'Name' }, (customer) => {
      const phone = customer['Phone1'] === undefined ? {} : { Phone: customer['Phone1'] };
      const chosen = { ...fieldsOf(customer, customerListFields), ...phone };
      return located(req, `customers/${customer['CustomerNumber']}`, chosen);
    });
  });
  route('post', '/customers', 'customers', 'create', (req) => {
    const given = readDocument(req.body, 'Customer', customerFields);
    if (typeof given['Name'] !== 'string') throw erpError('parameter', 'Customer.Name');
    checkRegisterCodes(state, given);
    const wanted = given['CustomerNumber'];
    if (typeof wanted === 'string' && state.customers.get(wanted) !== undefined)
      throw erpError('customerTaken', wanted);
    const CustomerNumber = typeof wanted === 'string' && wanted !== '' ? wanted : state.nextCustomerNumber();
    const document: ErpCustomer = { ...newCustomer, ...given, Name: given['Name'], CustomerNumber };
    veil.cover(`customer ${CustomerNumber}`);
    state.customers.put(CustomerNumber, { document, createdAt: clock(), modifiedAt: clock() });
    return wrapped(req, 201, document);
  });
  route('get', '/customers/:number', 'customers', 'read', (req) =>
    wrapped(req, 200, customerOf(paramOf(req, 'number')).document),
  );
  route('put', '/customers/:number', 'customers', 'update', (req) => {
    const before = customerOf(paramOf(req, 'number'));
    const given = readDocument(req.body, 'Customer', customerFields);
    checkRegisterCodes(state, given);
    const document = { ...before.document, ...given, CustomerNumber: before.document.CustomerNumber };
    state.customers.put(document.CustomerNumber, { ...before, document, modifiedAt: clock() });
    return wrapped(req, 200, document);
  });
  route('delete', '/customers/:number', 'customers', 'delete', (req) => {
    const { document } = customerOf(paramOf(req, 'number'));
    for (const order of state.orders.values())
      if (order.document.CustomerNumber === document.CustomerNumber) throw erpError('refused', 'kunden har order');
    state.customers.delete(document.CustomerNumber);
    return { status: 204 };
  });
}

const articleFilters = {
  same: { articlenumber: 'ArticleNumber', ean: 'EAN', suppliernumber: 'SupplierNumber', webshop: 'WebshopArticle' },
  part: {
    description: 'Description',
    manufacturer: 'Manufacturer',
    manufacturerarticlenumber: 'ManufacturerArticleNumber',
  },
};
const articleQuery = [
  ...Object.keys(articleFilters.same),
  ...Object.keys(articleFilters.part),
  'filter',
  'lastmodified',
];
const articleSort = {
  articlenumber: 'ArticleNumber',
  quantityinstock: 'QuantityInStock',
  reservedquantity: 'ReservedQuantity',
  stockvalue: 'StockValue',
};

/** A list tells several of an article's figures as text, as Fortnox's file says. */
function articleListItem(article: Document): Document {
  const texts: Document = {};
  for (const name of ['DisposableQuantity', 'PurchasePrice', 'ReservedQuantity', 'SalesPrice', 'StockValue', 'VAT'])
    if (article[name] !== undefined) texts[name] = String(article[name]);
  const plain = 'ArticleNumber Description EAN Housework QuantityInStock StockPlace Unit WebshopArticle'.split(' ');
  return { ...fieldsOf(article, plain), ...texts };
}

export function erpArticleRoutes(route: ErpRoute, { state, veil, clock }: ErpDesk): void {
  /** With the figures that follow from orders and prices. */
  const told = (article: ErpArticle): Document => {
    const ReservedQuantity = state.reserved(article.ArticleNumber);
    const DisposableQuantity = article.QuantityInStock - ReservedQuantity;
    const StockValue = Math.round(article.QuantityInStock * Number(article['PurchasePrice'] ?? 0) * 100) / 100;
    const SalesPrice = listPrice(state, 'A', article.ArticleNumber, 0);
    return { ...article, SalesPrice, ReservedQuantity, DisposableQuantity, StockValue };
  };
  const articleOf = (number: string): Kept<ErpArticle> => {
    const kept = state.articles.get(number);
    if (kept === undefined) throw erpError('notFound', number);
    return kept;
  };
  const path = (article: Document) => `articles/${encodeURIComponent(String(article['ArticleNumber']))}`;
  const wrapped = (req: Request, status: number, document: ErpArticle): Reply => ({
    status,
    body: { Article: located(req, path(document), told(document)) },
  });
  route('get', '/articles', 'articles', 'list', (req) => {
    const query = readQuery(req, articleQuery);
    const fits = erpFilter(query, articleFilters);
    const active = activeness(query['filter']);
    const number = query['articlenumber'];
    const only = number === undefined ? undefined : state.articles.get(number);
    const found: Document[] = [];
    for (const kept of number === undefined ? state.articles.values() : only === undefined ? [] : [only])
      if (fits(kept) && active(kept.document) && !veil.hides(`article ${kept.document.ArticleNumber}`))
        found.push(told(kept.document));
    return erpPage(found, query, 'Articles', articleSort, (article) =>
      located(req, path(article), articleListItem(article)),
    );
  });
  route('post', '/articles', 'articles', 'create', (req) => {
    const given = readDocument(req.body, 'Article', articleFields);
    if (typeof given['Description'] !== 'string') throw erpError('parameter', 'Article.Description');
    const wanted = given['ArticleNumber'];
    if (typeof wanted === 'string' && state.articles.get(wanted) !== undefined) throw erpError('articleTaken', wanted);
    const ArticleNumber = typeof wanted === 'string' && wanted !== '' ? wanted : state.nextArticleNumber();
    const document: ErpArticle = { ...newArticle, ...given, Description: given['Description'], ArticleNumber };
    veil.cover(`article ${ArticleNumber}`);
    state.articles.put(ArticleNumber, { document, createdAt: clock(), modifiedAt: clock() });
    return wrapped(req, 201, document);
  });
  route('get', '/articles/:number', 'articles', 'read', (req) =>
    wrapped(req, 200, articleOf(paramOf(req, 'number')).document),
  );
  route('put', '/articles/:number', 'articles', 'update', (req) => {
    const before = articleOf(paramOf(req, 'number'));
    const given = readDocument(req.body, 'Article', articleFields);
    const document = { ...before.document, ...given, ArticleNumber: before.document.ArticleNumber };
    state.articles.put(document.ArticleNumber, { ...before, document, modifiedAt: clock() });
    return wrapped(req, 200, document);
  });
  route('delete', '/articles/:number', 'articles', 'delete', (req) => {
    const { document } = articleOf(paramOf(req, 'number'));
    if (state.reserved(document.ArticleNumber) > 0) throw erpError('refused', 'artikeln finns på order');
    state.articles.delete(document.ArticleNumber);
    return { status: 204 };
  });
}

export function erpSettingRoutes(route: ErpRoute, { state, clock }: ErpDesk): void {
  route('get', '/companyinformation', 'settings', 'read', () => ({
    status: 200,
    body: { CompanyInformation: { ...company } },
  }));
  const centerOf = (code: string): ErpCostCenter => {
    const center = state.costCenters.get(code);
    if (center === undefined) throw erpError('notFound', code);
    return center;
  };
  const centerPath = (center: Document) => `costcenters/${encodeURIComponent(String(center['Code']))}`;
  route('get', '/costcenters', 'costcenters', 'list', (req) =>
    erpPage([...state.costCenters.values()], readQuery(req, ['lastmodified']), 'CostCenters', {}, (center) =>
      located(req, centerPath(center), center),
    ),
  );
  route('post', '/costcenters', 'costcenters', 'create', (req) => {
    const given = readDocument(req.body, 'CostCenter', costCenterFields);
    const { Code, Description } = given;
    if (typeof Code !== 'string' || state.costCenters.get(Code) !== undefined)
      throw erpError('parameter', 'CostCenter.Code');
    if (typeof Description !== 'string') throw erpError('parameter', 'CostCenter.Description');
    const center: ErpCostCenter = { Active: true, Note: '', ...given, Code, Description };
    state.costCenters.put(Code, center);
    return { status: 201, body: { CostCenter: located(req, centerPath(center), center) } };
  });
  route('get', '/costcenters/:code', 'costcenters', 'read', (req) => {
    const center = centerOf(paramOf(req, 'code'));
    return { status: 200, body: { CostCenter: located(req, centerPath(center), center) } };
  });
  const registers = [
    { path: 'termsofdeliveries', wrap: 'TermsOfDeliveries', one: 'TermsOfDelivery', rows: termsOfDelivery },
    { path: 'termsofpayments', wrap: 'TermsOfPayments', one: 'TermsOfPayment', rows: termsOfPayment },
    { path: 'wayofdeliveries', wrap: 'WayOfDeliveries', one: 'WayOfDelivery', rows: wayOfDelivery },
    {
      path: 'currencies',
      wrap: 'Currencies',
      one: 'Currency',
      rows: currencies.map((row) => ({
        ...row,
        IsAutomatic: row.Code !== 'SEK',
        Date: new Date(clock()).toISOString().slice(0, 10),
      })),
    },
  ];
  for (const { path, wrap, one, rows } of registers) {
    route('get', `/${path}`, 'settings', 'list', (req) =>
      erpPage(
        rows.map((row) => ({ ...row })),
        readQuery(req, ['lastmodified']),
        wrap,
        {},
        (row) => located(req, `${path}/${row['Code']}`, row),
      ),
    );
    route('get', `/${path}/:code`, 'settings', 'read', (req) => {
      const row = rows.find(({ Code }) => Code === paramOf(req, 'code'));
      if (row === undefined) throw erpError('notFound', paramOf(req, 'code'));
      return { status: 200, body: { [one]: located(req, `${path}/${row.Code}`, { ...row }) } };
    });
  }
}
