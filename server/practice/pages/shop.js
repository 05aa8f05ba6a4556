import { el, follow, money, send, speak, time } from './kit.js';

const words = speak({
  sv: {
    title: 'Övningsbutiken',
    lead: 'En butik att öva i. Den talar WooCommerces API.',
    orders: 'Order',
    order: 'Order',
    buyer: 'Köpare',
    goods: 'Varor',
    total: 'Summa',
    status: 'Status',
    empty: 'Inga order än. Lägg en till höger.',
    place: 'Lägg en order',
    customer: 'Kund',
    guestName: 'Gäst',
    first: 'Förnamn',
    last: 'Efternamn',
    email: 'E-post',
    placeOne: 'Lägg order',
    placeRandom: 'Slumpa en',
    placeTen: 'Lägg 10 order',
    none: 'Välj minst en vara.',
    placed: (numbers) => `Order ${numbers} är lagd.`,
    lost: 'Butiken svarar inte.',
    guest: 'gäst',
    of: (shown, all) => `${shown} av ${all}`,
    pending: 'Väntar på betalning',
    processing: 'Behandlas',
    'on-hold': 'Pausad',
    completed: 'Klar',
    cancelled: 'Avbruten',
    refunded: 'Återbetald',
    failed: 'Misslyckad',
    trash: 'Papperskorg',
  },
  en: {
    title: 'Practice shop',
    lead: 'A shop to practise in. It speaks the WooCommerce API.',
    orders: 'Orders',
    order: 'Order',
    buyer: 'Buyer',
    goods: 'Goods',
    total: 'Total',
    status: 'Status',
    empty: 'No orders yet. Place one on the right.',
    place: 'Place an order',
    customer: 'Customer',
    guestName: 'Guest',
    first: 'First name',
    last: 'Last name',
    email: 'E-mail',
    placeOne: 'Place order',
    placeRandom: 'A random one',
    placeTen: 'Place 10 orders',
    none: 'Choose at least one product.',
    placed: (numbers) => `Order ${numbers} is placed.`,
    lost: 'The shop does not answer.',
    guest: 'guest',
    of: (shown, all) => `${shown} of ${all}`,
    pending: 'Pending payment',
    processing: 'Processing',
    'on-hold': 'On hold',
    completed: 'Completed',
    cancelled: 'Cancelled',
    refunded: 'Refunded',
    failed: 'Failed',
    trash: 'Bin',
  },
});

const tones = { processing: 'busy', completed: 'good', 'on-hold': 'wait', pending: 'wait' };
const byId = (id) => document.getElementById(id);
const message = (text, bad = false) => {
  byId('message').textContent = text;
  byId('message').classList.toggle('bad', bad);
};

function row(order) {
  const notes = order.notes.map((note) => el('div', { class: 'note muted' }, note.note));
  return el(
    'tr',
    {},
    el('td', {}, el('div', { class: 'strong' }, order.number), el('div', { class: 'muted' }, time(order.createdAt))),
    el('td', {}, order.buyer, order.guest ? el('div', { class: 'muted' }, words.guest) : null),
    el(
      'td',
      {},
      order.lines.map((line) => el('div', {}, line)),
      notes,
    ),
    el('td', { class: 'number' }, money(order.total, order.currency)),
    el('td', {}, el('span', { class: `chip ${tones[order.status] ?? 'bad'}` }, words[order.status] ?? order.status)),
  );
}

const refresh = follow(
  'page/orders',
  ({ total, orders }) => {
    byId('orders').replaceChildren(...orders.map(row));
    byId('empty').hidden = total > 0;
    byId('count').textContent = total === 0 ? '' : words.of(orders.length, total);
  },
  (lost) => {
    if (lost) message(words.lost, true);
    else if (byId('message').textContent === words.lost) message('');
  },
);

const { products, customers } = await (await fetch('page/goods')).json();
byId('customer').append(
  ...customers.map((customer) => el('option', { value: customer.id }, customer.name)),
  el('option', { value: 0 }, words.guestName),
);
byId('customer').addEventListener('change', (event) => {
  byId('guest').hidden = event.target.value !== '0';
});
byId('goods').append(
  ...products.map((product, at) =>
    el(
      'li',
      {},
      el('label', { for: `goods-${at}` }, product.name, el('div', { class: 'muted' }, money(product.price, 'SEK'))),
      el('input', { type: 'number', id: `goods-${at}`, min: 0, max: 999, value: at === 0 ? 1 : 0 }),
    ),
  ),
);

function chosen() {
  return products.flatMap((product, at) => {
    const quantity = Number(byId(`goods-${at}`).value);
    if (!(quantity > 0)) return [];
    return [{ product_id: product.product, variation_id: product.variation || undefined, quantity }];
  });
}

async function place(body) {
  try {
    const { numbers } = await send('page/orders', body);
    message(words.placed(numbers.length > 1 ? `${numbers[0]}–${numbers.at(-1)}` : numbers[0]));
    await refresh();
  } catch (error) {
    message(error.message, true);
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  const line_items = chosen();
  if (line_items.length === 0) return message(words.none, true);
  const customer_id = Number(byId('customer').value);
  const guest = {
    first_name: byId('first').value,
    last_name: byId('last').value,
    email: byId('email').value,
    address_1: 'Storgatan 1',
    postcode: '411 05',
    city: 'Göteborg',
    country: 'SE',
  };
  place({
    customer_id,
    line_items,
    shipping_lines: [{ method_id: 'flat_rate', method_title: 'PostNord Mypack', total: '39.20' }],
    payment_method: 'card',
    payment_method_title: 'Kortbetalning',
    ...(customer_id === 0 ? { billing: guest } : {}),
  });
});
byId('random').addEventListener('click', () => place({ random: 1 }));
byId('ten').addEventListener('click', () => place({ random: 10 }));
