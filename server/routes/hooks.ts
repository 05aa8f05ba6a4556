import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { readPath } from '#runtime/binding.ts';
import type { HashAlgorithm, WebhookContract } from '#runtime/connector.ts';
import { FlowError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { parseJsonText } from '../adapters/json-text.ts';
import type { Hook, Hooks } from '../adapters/pg-hooks.ts';
import type { CallLimits } from '../call-limits.ts';
import type { Arrival, Intake } from '../intake.ts';
import { LIMITS } from '../limits.ts';

export interface HookDeps {
  readonly hooks: Hooks;
  readonly intake: Intake;
  /** How a connection's deliveries are signed and read, and the accepted secrets (two while rotating). */
  vendorOf(
    tenant: number,
    connection: string,
  ): Promise<{ readonly webhook: WebhookContract | undefined; readonly secrets: readonly string[] }>;
  /** The same of a flow's own address. */
  secretsOf(hook: Hook): Promise<readonly string[]>;
  readonly calls: Pick<CallLimits, 'hook'>;
  /** False while starting or stopping, or when the database cannot take writes. */
  ready(): boolean;
  readonly log: Logger;
}

/** A refusal the caller is told: nothing was stored. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, more: { field?: string; retryAfter?: number } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = more.field;
    this.retryAfter = more.retryAfter ?? (status === 503 ? 2 : undefined);
  }
}

function matches(
  given: string | undefined,
  secrets: readonly string[],
  body: Buffer,
  encoding: 'hex' | 'base64',
  algorithm: HashAlgorithm = 'sha256',
): boolean {
  if (given === undefined || given === '') return false;
  const claimed = Buffer.from(encoding === 'hex' ? given.toLowerCase() : given);
  // every secret is tried, so that the time says nothing about which one fits
  let fits = false;
  for (const secret of secrets) {
    if (secret === '') continue;
    // compared as text: decoding would pass over whatever follows a right signature
    const right = Buffer.from(createHmac(algorithm, secret).update(body).digest(encoding));
    if (claimed.length === right.length && timingSafeEqual(claimed, right)) fits = true;
  }
  return fits;
}

const NOTHING = Buffer.alloc(0);

const parseJson = (text: string): Json => parseJsonText(text, LIMITS.hook);

function parseBody(raw: Buffer, parse = parseJson): Json {
  if (raw.length === 0) return null;
  try {
    return parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(raw));
  } catch (error) {
    throw new Refusal(400, 'BODY_INVALID', error instanceof Error ? error.message : 'the body cannot be read', {
      field: 'body',
    });
  }
}

function headersOf(request: Request): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

/** A vendor's delivery: signed as the vendor signs, read as the connector reads. Null: nothing to store (a ping). */
async function vendorArrival(
  deps: HookDeps,
  hook: Hook,
  headers: Record<string, string>,
  raw: Buffer,
): Promise<Arrival | null> {
  const { webhook, secrets } = await deps.vendorOf(hook.tenant, hook.connection);
  if (!webhook) throw new Refusal(404, 'HOOK_UNKNOWN', 'nothing listens here');
  const { header, encoding, algorithm, prefix = '' } = webhook.signature;
  const given = headers[header];
  const claimed = given?.startsWith(prefix) ? given.slice(prefix.length) : undefined;
  if (!matches(claimed, secrets, raw, encoding, algorithm))
    throw new Refusal(401, 'SIGNATURE_INVALID', 'the signature does not fit the body', { field: header });
  const body = isForm(headers) ? null : parseBody(raw, webhook.parse);
  const record = webhook.read(headers, body);
  if (!record) return null;
  const kept = webhook.parse ? Buffer.from(JSON.stringify(body)) : raw;
  const key = record.stamp ?? record.eventId ?? `${record.topic}:${hash('sha256', raw, 'hex')}`;
  return { entity: record.entity, record: record.id, via: 'webhook', topic: record.topic, key, raw: kept, body };
}

/** WooCommerce's ping is a form, the rest of the world speaks JSON. */
function isForm(headers: Record<string, string>): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

interface WebhookConfig {
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  readonly recordId?: string;
}

/** A call to a flow's own address, signed with the flow's own secret or, by an admin's grant, not at all. */
async function ownArrival(deps: HookDeps, hook: Hook, headers: Record<string, string>, raw: Buffer): Promise<Arrival> {
  const step = hook.plan.byId.get(hook.trigger);
  const config = step?.config({ input: {}, params: hook.plan.params, step: () => undefined }) as WebhookConfig;
  if (hook.signature === 'hmac-sha256') {
    const given = headers[config.header.toLowerCase()]?.replace(/^sha256=/, '');
    if (!matches(given, await deps.secretsOf(hook), raw, config.encoding))
      throw new Refusal(401, 'SIGNATURE_INVALID', 'the signature does not fit the body', { field: config.header });
  }
  const body = parseBody(raw);
  const key = hash('sha256', raw, 'hex');
  const id = config.recordId === undefined ? key : readPath(body, config.recordId.split('.'));
  if ((typeof id !== 'string' && typeof id !== 'number') || id === '')
    throw new Refusal(400, 'RECORD_MISSING', `the body has no ${config.recordId}`, {
      field: config.recordId ?? 'body',
    });
  // kept as JSON, for whoever reads it again later
  const kept = raw.length === 0 ? Buffer.from('null') : raw;
  return { entity: 'record', record: String(id).slice(0, 200), via: 'webhook', topic: 'call', key, raw: kept, body };
}

function knownHook(found: Hook | undefined): Hook {
  if (!found) throw new Refusal(404, 'HOOK_UNKNOWN', 'nothing listens here');
  return found;
}

/** What a delivery to this hook brings; null: nothing to store. */
async function arrivalAt(
  deps: HookDeps,
  hook: Hook,
  headers: Record<string, string>,
  raw: Buffer,
): Promise<Arrival | null> {
  const read = hook.signature === 'vendor' ? vendorArrival : ownArrival;
  const arrival = await read(deps, hook, headers, raw);
  if (arrival && !hook.on) throw new Refusal(410, 'FLOW_OFF', 'the flow is switched off; nothing was stored');
  return arrival;
}

/** Whether a hook as it was a moment ago may be why a delivery is refused: its secret is new, or its flow on again. */
const isOutdated = (error: unknown): boolean =>
  error instanceof Refusal && (error.code === 'SIGNATURE_INVALID' || error.code === 'FLOW_OFF');

async function receive(deps: HookDeps, request: Request, response: Response): Promise<void> {
  if (!deps.ready() || deps.intake.full) throw new Refusal(503, 'NOT_READY', 'nothing was stored; send it again soon');
  const path = request.params['token'];
  const token = Array.isArray(path) ? path.join('/') : String(path);
  let hook = knownHook(await deps.hooks.find(token));
  const wait = await deps.calls.hook(hook.flow, hook.trigger);
  if (wait > 0)
    throw new Refusal(429, 'TOO_MANY_REQUESTS', 'nothing was stored; send it again later', { retryAfter: wait });
  const raw = Buffer.isBuffer(request.body) ? request.body : NOTHING;
  const headers = headersOf(request);
  let arrival: Arrival | null;
  try {
    arrival = await arrivalAt(deps, hook, headers, raw);
  } catch (error) {
    if (!isOutdated(error)) throw error;
    // nobody is refused by what is only remembered
    hook = knownHook(await deps.hooks.read(token));
    arrival = await arrivalAt(deps, hook, headers, raw);
  }
  if (!arrival) {
    response.status(200).json({ stored: false });
    return;
  }
  const { run, state, answer } = await deps.intake.accept(hook, arrival, hook.responds ? LIMITS.hook.answerMs : 0);
  if (answer) response.status(answer.status).type('application/json').send(answer.body);
  else response.status(202).json({ run, ...(state === 'duplicate' ? { duplicate: true } : {}) });
}

/** The door for webhooks: 2xx only after the commit, 503 with Retry-After when nothing could be stored. Mounted before body parsers and sessions. */
export function hookRoutes(deps: HookDeps): Router {
  const router = Router();
  router.post(
    '/*token',
    express.raw({ type: () => true, limit: LIMITS.hook.bodyBytes, inflate: false }),
    (request: Request, response: Response) =>
      receive(deps, request, response).catch((error: unknown) => {
        if (response.headersSent) return;
        answerError(deps, response, error);
      }),
  );
  router.use((_request, response) => {
    response
      .status(405)
      .set('Allow', 'POST')
      .json({ error: { code: 'METHOD_UNKNOWN', message: 'webhooks are sent by POST', field: 'method' } });
  });
  return router;
}

function answerError(deps: HookDeps, response: Response, error: unknown): void {
  if (error instanceof Refusal) {
    if (error.retryAfter !== undefined) response.set('Retry-After', String(error.retryAfter));
    response.status(error.status).json({
      error: {
        code: error.code,
        message: error.message,
        ...(error.field === undefined ? {} : { field: error.field }),
      },
    });
  } else if (error instanceof FlowError) {
    response.status(400).json({
      error: {
        code: error.code,
        message: error.message,
        ...(error.field === undefined ? {} : { field: error.field }),
      },
    });
  } else {
    // not stored, so the sender must come again
    deps.log.error({ err: error }, 'webhook could not be stored');
    response
      .set('Retry-After', '5')
      .status(503)
      .json({ error: { code: 'NOT_STORED', message: 'nothing was stored; send it again' } });
  }
}
