import { badDocuments } from './bad-documents.ts';
import { badRequests } from './bad-requests.ts';
import { badOwnCalls, badShopCalls, nastyBodies } from './bad-webhooks.ts';
import { forgeriesFor } from './forgeries.ts';
import { callRaw, type RawAnswer } from './raw-call.ts';
import type { Tally } from './tally.ts';
import { callSigned, type HookTarget, type Target } from './target.ts';

interface Wanted {
  readonly status: number;
  readonly field: string | undefined;
}

/** Contained: refused by status and field, and nothing in the database has changed. */
async function judge(
  { fingerprint }: Target,
  tally: Tally,
  name: string,
  wanted: Wanted,
  send: () => Promise<RawAnswer>,
): Promise<void> {
  const before = await fingerprint();
  const answer = await send();
  const after = await fingerprint();
  const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
  const right = answer.status === wanted.status && answer.field?.toLowerCase() === wanted.field?.toLowerCase();
  tally.add(
    name,
    right && changed.length === 0
      ? null
      : `${answer.status} ${answer.field} in place of ${wanted.status} ${wanted.field}${changed.length > 0 ? `; the database has changed: ${changed.join(', ')}` : ''}`,
  );
}

async function forge(target: Target, source: string, hook: HookTarget, tally: Tally): Promise<void> {
  const body = Buffer.from('{"id":424242}');
  const overheard = { ...hook, body, signature: hook.sign(body) };
  for (const { name, headers, body: forged, path } of forgeriesFor(overheard)) {
    const url = new URL(hook.url);
    if (path) url.pathname = path(url.pathname);
    const wanted = path ? { status: 404, field: undefined } : { status: 401, field: hook.header };
    await judge(target, tally, `forgery to ${source}: ${name}`, wanted, () =>
      callRaw(url.href, { headers, body: forged }),
    );
  }
}

export async function attackWithForgeries(target: Target, tally: Tally): Promise<void> {
  await forge(target, 'an own webhook', target.own, tally);
  await forge(target, 'the shop’s webhook', target.shop, tally);
}

function callApi(target: Target, path: string, call: { method: string; body?: unknown; headers?: object }) {
  const at = path
    .replace('{flow}', target.flow)
    .replace('{connection}', target.connection)
    .replace('{run}', '00000000-0000-7000-8000-000000000000');
  const { method, body, headers } = call;
  return callRaw(`${target.weft.url}/api/tenants/${target.tenant}/${at}`, {
    method,
    headers: {
      cookie: target.admin.cookie,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
}

export async function attackWithBadInput(target: Target, tally: Tally): Promise<void> {
  for (const bad of badOwnCalls)
    await judge(target, tally, `own webhook: ${bad.name}`, bad, () => callSigned(target.own, bad.body, bad.headers));
  for (const bad of badShopCalls)
    await judge(target, tally, `shop’s webhook: ${bad.name}`, bad, () =>
      callSigned(target.shop, bad.body, bad.headers),
    );
  for (const bad of badRequests)
    await judge(target, tally, `request: ${bad.name}`, bad, () => bad.send(target.own.url));
  for (const bad of badDocuments)
    await judge(target, tally, bad.name, bad, () => callApi(target, bad.path, { ...bad }));
  for (const [at, nasty] of nastyBodies.entries()) {
    const { status } = await callSigned(target.own, nasty.body(70_000 + at));
    tally.add(`stored: ${nasty.name}`, status === 202 ? null : `answered ${status}`);
  }
}
