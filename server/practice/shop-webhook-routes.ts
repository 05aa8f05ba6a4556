import { readInput, shopError } from './shop-error.ts';
import { WebhookInput } from './shop-input.ts';
import type { Webhook } from './shop-model.ts';
import { pageOf, readListQuery, selected } from './shop-query.ts';
import { baseOf, idOf, isForced, type Route } from './shop-routes.ts';
import type { ShopState } from './shop-state.ts';
import type { WebhookSender } from './shop-webhook.ts';

/** The secret is write-only in WooCommerce. */
const answer = ({ secret: _secret, failure_count: _failures, ...webhook }: Webhook) => webhook;

/** `/webhooks`: kept subscriptions; a new active one is pinged. */
export function webhookRoutes(route: Route, state: ShopState, sender: WebhookSender): void {
  const webhookOf = (id: number) => {
    const webhook = state.webhooks.get(id);
    if (webhook === undefined) throw shopError(404, 'woocommerce_rest_shop_webhook_invalid_id', 'Invalid ID.');
    return webhook;
  };
  const save = (given: WebhookInput, before: Webhook | undefined): Webhook => {
    const topic = given.topic ?? before?.topic;
    const url = given.delivery_url ?? before?.delivery_url;
    if (topic === undefined)
      throw shopError(400, 'woocommerce_rest_webhook_invalid_topic', 'Webhook topic is required and must be valid.');
    if (url === undefined) {
      const message = 'Webhook delivery URL must be a valid URL starting with http:// or https://.';
      throw shopError(400, 'woocommerce_rest_webhook_invalid_delivery_url', message);
    }
    const [resource = '', event = ''] = topic.split('.');
    const born = state.born();
    const webhook: Webhook = {
      id: before?.id ?? state.nextId(),
      name: given.name ?? before?.name ?? `Webhook created on ${born.date_created}`,
      status: given.status ?? before?.status ?? 'active',
      topic,
      resource,
      event,
      hooks: [`woocommerce_${event === 'created' ? 'new' : event === 'deleted' ? 'delete' : 'update'}_${resource}`],
      delivery_url: url,
      secret: given.secret ?? before?.secret ?? '',
      // Switching a webhook on again starts its count anew.
      failure_count: given.status === 'active' ? 0 : (before?.failure_count ?? 0),
      ...born,
      ...(before === undefined ? {} : { date_created: before.date_created, date_created_gmt: before.date_created_gmt }),
    };
    state.webhooks.put(webhook.id, webhook);
    return webhook;
  };

  route('get', '/webhooks', 'webhooks', 'list', (req) => {
    const query = readListQuery(req.url);
    const fits = (one: Webhook) => query.status === undefined || query.status === 'all' || one.status === query.status;
    const found = selected(state.webhooks.values(), query, fits);
    return pageOf(found, query, baseOf(req), { orderby: 'date', order: 'desc' }, answer);
  });
  route('post', '/webhooks', 'webhooks', 'create', (req) => {
    const webhook = save(readInput(WebhookInput, req.body ?? {}), undefined);
    if (webhook.status === 'active') sender.ping(webhook);
    return { status: 201, body: answer(webhook) };
  });
  route('get', '/webhooks/:id', 'webhooks', 'read', (req) => ({ status: 200, body: answer(webhookOf(idOf(req))) }));
  route('put', '/webhooks/:id', 'webhooks', 'update', (req) => {
    const before = webhookOf(idOf(req));
    return { status: 200, body: answer(save(readInput(WebhookInput, req.body ?? {}), before)) };
  });
  route('delete', '/webhooks/:id', 'webhooks', 'delete', (req) => {
    const webhook = webhookOf(idOf(req));
    if (!isForced(req))
      throw shopError(501, 'woocommerce_rest_trash_not_supported', 'Webhooks do not support trashing.');
    state.webhooks.delete(webhook.id);
    return { status: 200, body: answer(webhook) };
  });
}
