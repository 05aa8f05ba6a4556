import { z } from 'zod';
import { defineConnector } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import { label } from '#runtime/node.ts';
import { customersList, ordersList, productsList } from '../../commerce/capabilities.ts';
import { filled, readAnswer } from '../answer.ts';
import { cannotSet } from '../cannot-set.ts';
import { customerOffers } from './customers.ts';
import { wooFault } from './fault.ts';
import { every } from './list.ts';
import { orderOffers } from './orders.ts';
import { productOffers } from './products.ts';
import { mayCarryKeys, WooSettings } from './settings.ts';
import { WooWebhook } from './shape.ts';
import { stampOf } from './stamp.ts';

const WooSecrets = z.strictObject({
  consumerKey: z.string().min(1).max(200).meta(label('Consumer key', 'Konsumentnyckel')),
  consumerSecret: z.string().min(1).max(200).meta(label('Consumer secret', 'Konsumenthemlighet')),
  /** Signs the webhooks; made by the server when the webhooks are. */
  webhookSecret: z.string().min(1).max(200).optional().meta(label('Webhook secret', 'Webhookhemlighet')),
});

const root = (settings: { readonly url: string }): string => `${settings.url.replace(/\/+$/, '')}/wp-json/wc/v3/`;

const TOPIC = /^(order|product|customer)\.[a-z]+$/;
/** Not loose: all else is passed over, where a loose shape would copy it. */
const WebhookBody = z.object({ id: z.int().positive() });

export const woocommerce = defineConnector({
  id: 'woocommerce',
  title: 'WooCommerce',
  kind: 'shop',
  feature: 'orders',
  settings: WooSettings,
  secrets: WooSecrets,
  base: root,
  hosts: (settings) => [new URL(settings.url).host],
  authorize(request, { secrets }) {
    if (!mayCarryKeys(request.url)) {
      throw new TerminalError('HOST_NOT_ALLOWED', 'the shop’s address must begin with https://', { field: 'url' });
    }
    request.headers['authorization'] = `Basic ${btoa(`${secrets.consumerKey}:${secrets.consumerSecret}`)}`;
  },
  fault: (response) => wooFault(response.status, response.headers, response.body),
  async ping(session) {
    // Needs the same right as the work itself, unlike the open index page.
    const answer = await session.http({ method: 'GET', path: 'orders', query: { per_page: 1 } });
    const total = Number(filled(answer.headers['x-wp-total']) ?? Number.NaN);
    const { host } = new URL((session.settings as WooSettings).url);
    return { label: host, ...(Number.isInteger(total) ? { orders: total } : {}) };
  },
  webhook: {
    signature: {
      header: 'x-wc-webhook-signature',
      algorithm: 'sha256',
      encoding: 'base64',
      secret: 'webhookSecret',
    },
    read(headers, body) {
      const topic = headers['x-wc-webhook-topic'];
      // The ping at creation is a form with webhook_id alone, without a topic.
      if (topic === undefined || topic === 'action.woocommerce_rest_ping') return null;
      const entity = TOPIC.exec(topic)?.[1] as 'order' | 'product' | 'customer' | undefined;
      if (entity === undefined) return null;
      const read = WebhookBody.safeParse(body);
      if (!read.success) {
        throw new TerminalError('INPUT_INVALID', 'the delivery has no whole number as its id', { field: 'id' });
      }
      return { entity, topic, id: String(read.data.id), stamp: stampOf(body) };
    },
    /** WooCommerce disables a webhook after five failed deliveries; ours at this address is set going again, its secret anew. */
    async ensure(session, target) {
      const standing = (await every(session, 'webhooks')).map((entry) => readAnswer(WooWebhook, entry, 'webhook'));
      const done: string[] = [];
      for (const topic of target.topics) {
        const body = {
          name: `Weft ${topic}`,
          topic,
          delivery_url: target.url,
          secret: target.secret,
          status: 'active',
        };
        const mine = standing.find((hook) => hook.topic === topic && hook.delivery_url === target.url);
        await session.http(
          mine ? { method: 'PUT', path: `webhooks/${mine.id}`, body } : { method: 'POST', path: 'webhooks', body },
        );
        done.push(`${topic}: ${mine ? (mine.status === 'active' ? 'found' : 'mended') : 'made'}`);
      }
      return done;
    },
  },
  changes: [
    {
      entity: 'order',
      webhookTopics: ['order.created', 'order.updated'],
      // Webhooks go through wp-cron and are disabled after five failures: polling finds what they lose.
      poll: { capability: ordersList, everyMs: 60_000, overlapMs: 300_000 },
    },
    {
      entity: 'product',
      webhookTopics: ['product.created', 'product.updated'],
      poll: { capability: productsList, everyMs: 300_000, overlapMs: 300_000 },
    },
    {
      entity: 'customer',
      webhookTopics: ['customer.created', 'customer.updated'],
      // Customers cannot be asked for by change: all are read, so seldom.
      poll: { capability: customersList, everyMs: 3_600_000, overlapMs: 300_000, brings: 'all' },
    },
  ],
  offers: [...orderOffers, ...customerOffers, ...productOffers],
  cannot: {
    ...cannotSet('WooCommerce', ['invoiced', 'refunded']),
    'orders.update': {
      en: 'WooCommerce cannot replace an order’s rows, so a changed order is not written over an old one.',
      sv: 'WooCommerce kan inte byta ut en orders rader, så en ändrad order skrivs inte över en gammal.',
    },
    'price-lists.list': {
      en: 'WooCommerce has one price per product and no price lists of its own.',
      sv: 'WooCommerce har ett pris per produkt och inga egna prislistor.',
    },
    'invoices.list': {
      en: 'WooCommerce has no invoices of its own.',
      sv: 'WooCommerce har inga egna fakturor.',
    },
    'invoices.get': { en: 'WooCommerce has no invoices of its own.', sv: 'WooCommerce har inga egna fakturor.' },
    'invoices.create': { en: 'WooCommerce has no invoices of its own.', sv: 'WooCommerce har inga egna fakturor.' },
    'shipments.list': {
      en: 'WooCommerce has no list of shipments; tracking stands on the order.',
      sv: 'WooCommerce har ingen lista över leveranser; spårningen står på ordern.',
    },
  },
});
