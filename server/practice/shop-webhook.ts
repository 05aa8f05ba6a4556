import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { FaultBox } from './fault.ts';
import type { Webhook } from './shop-model.ts';
import type { ShopState } from './shop-state.ts';

/** What became of the deliveries since the start. */
export interface DeliveryStats {
  /** Copies accepted with 2xx, 301 or 302. */
  delivered: number;
  failed: number;
  /** Dropped by the `lost` fault. */
  lost: number;
  waiting: number;
}

export interface WebhookSender {
  /** Sends the document as it then is to every active webhook of the topic; never throws, never retries. */
  announce(topic: string, document: () => object): void;
  ping(webhook: Webhook): void;
  stats(): DeliveryStats;
  /** Resolves when nothing waits or is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface WebhookOptions {
  state: ShopState;
  box: FaultBox;
  /** Base URL of the shop as receivers are told. */
  source: () => string;
  /** WooCommerce makes the id of webhook and second, so that two orders in one second share it. */
  deliveryId: 'per-second' | 'unique';
  clock: () => number;
}

const userAgent = 'WooCommerce/10.3.0 Hookshot (WordPress/6.8.3)';
const parallel = 32;
const timeoutMs = 60_000;
/** "After 5 consecutive failed deliveries the webhook is disabled": WooCommerce's REST documentation, Webhooks. */
const maxFailures = 5;

interface Job {
  webhook: number;
  topic: string;
  /** Written once for all copies. */
  body: () => string;
  deliveryId: string;
}

/** Sends webhooks as WooCommerce does (class WC_Webhook): signed, without retry, disabled when they keep failing. */
export function createWebhookSender(options: WebhookOptions): WebhookSender {
  const { state, box } = options;
  const agent = new Agent({ connections: parallel, pipelining: 1, keepAliveTimeout: 10_000 });
  const closing = new AbortController();
  const queue: Job[] = [];
  const ids = deliveryIds(options);
  const counts = { delivered: 0, failed: 0, lost: 0 };
  let delayed = 0;
  let running = 0;
  let idlers: (() => void)[] = [];

  const settle = () => {
    if (running + delayed + queue.length > 0) return;
    const woken = idlers;
    idlers = [];
    for (const wake of woken) wake();
  };

  const post = (url: string, headers: Record<string, string>, body: string) =>
    accepted(agent, closing.signal, url, headers, body);

  const tally = (id: number, taken: boolean) => {
    counts[taken ? 'delivered' : 'failed'] += 1;
    const webhook = state.webhooks.get(id);
    if (webhook === undefined || closing.signal.aborted) return;
    if (taken && webhook.failure_count === 0) return;
    const failure_count = taken ? 0 : webhook.failure_count + 1;
    const status = failure_count >= maxFailures ? ('disabled' as const) : webhook.status;
    state.webhooks.put(id, state.touched({ ...webhook, failure_count, status }));
  };

  const send = async (job: Job) => {
    const webhook = state.webhooks.get(job.webhook);
    if (webhook === undefined || webhook.status !== 'active') return;
    const body = job.body();
    const headers = {
      'content-type': 'application/json',
      'user-agent': userAgent,
      'x-wc-webhook-source': options.source(),
      'x-wc-webhook-topic': job.topic,
      'x-wc-webhook-resource': webhook.resource,
      'x-wc-webhook-event': webhook.event,
      'x-wc-webhook-signature': createHmac('sha256', webhook.secret).update(body).digest('base64'),
      'x-wc-webhook-id': String(webhook.id),
      'x-wc-webhook-delivery-id': job.deliveryId,
    };
    tally(webhook.id, await post(webhook.delivery_url, headers, body));
  };

  const pump = () => {
    while (running < parallel) {
      const job = queue.shift();
      if (job === undefined) break;
      running += 1;
      void send(job).finally(() => {
        running -= 1;
        pump();
      });
    }
    settle();
  };

  const enqueue = async (job: Job, waitMs: number) => {
    if (waitMs > 0) {
      delayed += 1;
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => {});
      delayed -= 1;
    }
    if (!closing.signal.aborted) queue.push(job);
    pump();
  };

  return {
    announce(topic, document) {
      for (const webhook of state.webhooks.values()) {
        if (webhook.status !== 'active' || webhook.topic !== topic) continue;
        const { copies, lost, delayMs, shuffleMs } = box.faults.webhooks;
        const first = ids.first(webhook.id);
        let written: string | null = null;
        const body = () => {
          written ??= JSON.stringify(document());
          return written;
        };
        for (let copy = 0; copy < copies; copy += 1) {
          if (lost > 0 && box.webhookDice() < lost) {
            counts.lost += 1;
            continue;
          }
          const wait = delayMs + (shuffleMs > 0 ? Math.floor(box.webhookDice() * shuffleMs) : 0);
          const deliveryId = ids.copy(first, webhook.id, copy);
          void enqueue({ webhook: webhook.id, topic, body, deliveryId }, wait);
        }
      }
    },
    ping(webhook) {
      running += 1;
      const headers = { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent };
      void post(webhook.delivery_url, headers, `webhook_id=${webhook.id}`).finally(() => {
        running -= 1;
        pump();
      });
    },
    stats: () => ({ ...counts, waiting: running + delayed + queue.length }),
    idle: () =>
      new Promise((resolve) => {
        idlers.push(resolve);
        settle();
      }),
    async close() {
      closing.abort();
      queue.length = 0;
      await agent.destroy();
    },
  };
}

/** True when the receiver took it: 2xx, 301 and 302 in WooCommerce's eyes. */
async function accepted(
  agent: Agent,
  closing: AbortSignal,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<boolean> {
  try {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
    const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal });
    await answer.body.dump();
    return (answer.statusCode >= 200 && answer.statusCode < 300) || [301, 302].includes(answer.statusCode);
  } catch {
    return false;
  }
}

/** Delivery ids as WooCommerce makes them, and those of extra copies. */
function deliveryIds({ box, clock, deliveryId }: WebhookOptions) {
  let serial = 0;
  const digest = (key: string, text: string) => createHmac('md5', key).update(text).digest('hex');
  return {
    first(webhook: number): string {
      const moment = deliveryId === 'unique' ? `#${++serial} ${clock()}` : Math.floor(clock() / 1000);
      return digest('practice-shop', `${webhook}${moment}`);
    },
    copy(first: string, webhook: number, copy: number): string {
      const { copiesDeliveryId: kind } = box.faults.webhooks;
      const fresh = copy > 0 && (kind === 'new' || (kind === 'mixed' && copy % 2 === 1));
      return fresh ? digest('practice-shop-copy', `${webhook} ${++serial} ${clock()}`) : first;
    },
  };
}
