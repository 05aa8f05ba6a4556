import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';

let dir: string;
let child: ChildProcess | null = null;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weft-practice-'));
});
afterEach(async () => {
  if (child !== null) await end('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

interface Ready {
  shop: string;
  erp: string;
  tokens: { accessToken: string };
}

async function start(): Promise<Ready> {
  const main = join(import.meta.dirname, 'main.ts');
  const args = [main, '--dir', dir, '--rate', 'off', '--api-key', 'k', '--control-key', 'c'];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  for await (const line of createInterface({ input: started.stdout })) return JSON.parse(line) as Ready;
  throw new Error('the practice process ended before it listened');
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const ended = child;
  child = null;
  if (ended === null || ended.exitCode !== null) return ended?.exitCode ?? null;
  const exit = once(ended, 'exit');
  ended.kill(signal);
  await exit;
  return ended.exitCode;
}

const control = { headers: { 'x-control-key': 'c' } };

test('every order that was answered with 2xx is there after kill -9 under load', { timeout: 30_000 }, async () => {
  const ready = await start();
  const answered: string[] = [];
  const erpHeaders = { authorization: `Bearer ${ready.tokens.accessToken}` };
  const shopHeaders = { authorization: `Basic ${btoa('k:k')}`, 'content-type': 'application/json' };
  const place = async (lane: number) => {
    for (let at = 0; at < 2000; at += 1) {
      const reference = `lane-${lane}-${at}`;
      const Order = { CustomerNumber: '1', ExternalInvoiceReference1: reference, OrderRows: [] };
      const erp = await fetch(`${ready.erp}/3/orders`, {
        method: 'POST',
        headers: erpHeaders,
        body: JSON.stringify({ Order }),
      });
      if (erp.status === 201) answered.push(`erp ${reference}`);
      const shop = await fetch(`${ready.shop}/wp-json/wc/v3/orders`, {
        method: 'POST',
        headers: shopHeaders,
        body: JSON.stringify({ line_items: [{ product_id: 101 }] }),
      });
      if (shop.status === 201) answered.push(`shop ${((await shop.json()) as { id: number }).id}`);
      if (answered.length > 400 && child !== null) void end('SIGKILL');
    }
  };
  await Promise.allSettled([0, 1, 2, 3].map(place));
  const again = await start();
  const erp = (await (await fetch(`${again.erp}/ledger`, control)).json()) as { orders: { reference: string }[] };
  const shop = (await (await fetch(`${again.shop}/ledger`, control)).json()) as { orders: { id: number }[] };
  const there = [...erp.orders.map((one) => `erp ${one.reference}`), ...shop.orders.map((one) => `shop ${one.id}`)];
  expect(answered.filter((one) => !there.includes(one))).toEqual([]);
  expect(new Set(there).size).toBe(there.length);
  expect(answered.length).toBeGreaterThan(400);
  expect(await end('SIGTERM')).toBe(0);
});
