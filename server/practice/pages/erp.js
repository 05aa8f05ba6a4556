import { el, follow, money, send, speak, time } from './kit.js';

const words = speak({
  sv: {
    title: 'Övningsbolaget',
    lead: 'Ett affärssystem att öva i. Det talar Fortnox API.',
    orders: 'Order',
    customers: 'Kunder',
    articles: 'Artiklar',
    number: 'Nummer',
    customer: 'Kund',
    rows: 'Rader',
    net: 'Netto',
    vat: 'Moms',
    total: 'Summa',
    state: 'Läge',
    name: 'Namn',
    email: 'E-post',
    organisation: 'Organisationsnummer',
    stock: 'Lager',
    reserved: 'Reserverat',
    empty: 'Inga order än.',
    deliver: 'Leverera',
    invoice: 'Fakturera',
    cancel: 'Makulera',
    open: 'Öppen',
    delivered: 'Levererad',
    invoiced: (number) => `Fakturerad ${number}`,
    cancelled: 'Makulerad',
    reference: 'Extern referens',
    lost: 'Affärssystemet svarar inte.',
    of: (shown, all) => `${shown} av ${all}`,
  },
  en: {
    title: 'Practice ERP',
    lead: 'An ERP to practise in. It speaks the Fortnox API.',
    orders: 'Orders',
    customers: 'Customers',
    articles: 'Articles',
    number: 'Number',
    customer: 'Customer',
    rows: 'Lines',
    net: 'Net',
    vat: 'VAT',
    total: 'Total',
    state: 'State',
    name: 'Name',
    email: 'E-mail',
    organisation: 'Organisation number',
    stock: 'In stock',
    reserved: 'Reserved',
    empty: 'No orders yet.',
    deliver: 'Deliver',
    invoice: 'Invoice',
    cancel: 'Cancel',
    open: 'Open',
    delivered: 'Delivered',
    invoiced: (number) => `Invoiced ${number}`,
    cancelled: 'Cancelled',
    reference: 'External reference',
    lost: 'The ERP does not answer.',
    of: (shown, all) => `${shown} of ${all}`,
  },
});

const byId = (id) => document.getElementById(id);
const message = (text, bad = false) => {
  byId('message').textContent = text;
  byId('message').classList.toggle('bad', bad);
};

async function act(number, deed) {
  try {
    await send(`page/orders/${encodeURIComponent(number)}/${deed}`, {});
    message('');
    await refresh();
  } catch (error) {
    message(error.message, true);
  }
}

function chips(order) {
  if (order.cancelled) return [el('span', { class: 'chip bad' }, words.cancelled)];
  const delivered = order.delivered ? [el('span', { class: 'chip good' }, words.delivered)] : [];
  if (order.invoice !== '')
    return [...delivered, ' ', el('span', { class: 'chip good' }, words.invoiced(order.invoice))];
  return delivered.length > 0 ? delivered : [el('span', { class: 'chip busy' }, words.open)];
}

function orderRow(order) {
  const closed = order.cancelled || order.invoice !== '';
  const button = (deed, disabled) =>
    el('button', { class: 'small', type: 'button', disabled, onclick: () => act(order.number, deed) }, words[deed]);
  return el(
    'tr',
    {},
    el(
      'td',
      {},
      el('div', { class: 'strong' }, order.number),
      el('div', { class: 'muted' }, time(order.createdAt)),
      order.reference === '' ? null : el('div', { class: 'mono muted', title: words.reference }, order.reference),
      order.yourOrder === '' ? null : el('div', { class: 'muted' }, order.yourOrder),
    ),
    el('td', {}, order.customer),
    el(
      'td',
      {},
      order.lines.map((line) => el('div', {}, line)),
    ),
    el('td', { class: 'number' }, money(order.net, '')),
    el('td', { class: 'number' }, money(order.vat, '')),
    el('td', { class: 'number strong' }, money(order.total, order.currency)),
    el('td', {}, chips(order)),
    el(
      'td',
      {},
      el(
        'div',
        { class: 'actions' },
        button('deliver', closed || order.delivered),
        button('invoice', closed),
        button('cancel', closed),
      ),
    ),
  );
}

const cells = (...texts) =>
  el(
    'tr',
    {},
    texts.map((text) => el('td', {}, text)),
  );

function articleRow(article) {
  const figure = (value) => el('td', { class: 'number' }, value);
  const stock = article.stock === null ? '–' : String(article.stock);
  return el(
    'tr',
    {},
    el('td', { class: 'mono' }, article.number),
    el('td', {}, article.name),
    figure(`${article.vat} %`),
    figure(stock),
    figure(String(article.reserved)),
  );
}

const refresh = follow(
  'page/books',
  ({ totals, orders, customers, articles }) => {
    byId('orders').replaceChildren(...orders.map(orderRow));
    byId('customers').replaceChildren(
      ...customers.map((customer) => cells(customer.number, customer.name, customer.email, customer.organisation)),
    );
    byId('articles').replaceChildren(...articles.map(articleRow));
    byId('empty').hidden = orders.length > 0;
    byId('orders-count').textContent = words.of(orders.length, totals.orders);
    byId('customers-count').textContent = words.of(customers.length, totals.customers);
    byId('articles-count').textContent = words.of(articles.length, totals.articles);
  },
  (lost) => {
    if (lost) message(words.lost, true);
    else if (byId('message').textContent === words.lost) message('');
  },
);
