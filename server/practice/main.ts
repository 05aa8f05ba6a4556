import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import express from 'express';
import { createPracticeErp, fortnoxRate } from './erp.ts';
import type { Rate } from './rate.ts';
import { createPracticeShop } from './shop.ts';

/** The practice shop and ERP as a process of their own, a stand-in for tests, chaos and bench. */

const help = `node server/practice/main.ts [--port P] [--host H] [--dir D] [--rate off|25/5000] [--control-key K] [--api-key K]
  --port         0 (any free one) when absent
  --dir          where state is kept; memory only when absent
  --rate         the ERP's requests per milliseconds, Fortnox's own when absent
  --control-key  X-Control-Key of faults, ledger, stats and state; a random one when absent
  --api-key      one text for consumer key, consumer secret, client id and client secret; random ones when absent
Prints one JSON line when it listens.`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    dir: { type: 'string' },
    rate: { type: 'string' },
    'control-key': { type: 'string' },
    'api-key': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function rateOf(text: string | undefined): Rate | null {
  if (text === undefined) return fortnoxRate;
  if (text === 'off') return null;
  const [requests, perMs] = text.split('/').map(Number);
  if (!Number.isInteger(requests) || !Number.isInteger(perMs))
    throw new Error(`--rate is "off" or "25/5000", not ${text}`);
  return { requests: Number(requests), perMs: Number(perMs) };
}

const random = () => randomBytes(20).toString('hex');

function serve(): void {
  const dir = values.dir ?? null;
  const controlKey = values['control-key'] ?? random();
  const key = values['api-key'];
  const shopKeys = { consumerKey: key ?? `ck_${random()}`, consumerSecret: key ?? `cs_${random()}` };
  const erpKeys = { clientId: key ?? random(), clientSecret: key ?? random() };
  const shop = createPracticeShop({ dir, controlKey, ...shopKeys });
  const erp = createPracticeErp({ dir, controlKey, ...erpKeys, rate: rateOf(values.rate) });
  const app = express();
  app.disable('x-powered-by');
  app.use('/practice/shop', shop.router);
  app.use('/practice/erp', erp.router);
  const server = createServer(app);
  server.keepAliveTimeout = 60_000;

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    server.close(() => process.exit(0));
    void Promise.all([shop.close(), erp.close()]).then(() => server.closeAllConnections());
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  server.listen(Number(values.port), values.host, () => {
    const { port } = server.address() as AddressInfo;
    const base = `http://${values.host}:${port}/practice`;
    const ready = {
      port,
      pid: process.pid,
      shop: `${base}/shop`,
      erp: `${base}/erp`,
      controlKey,
      ...shopKeys,
      ...erpKeys,
    };
    process.stdout.write(`${JSON.stringify({ ...ready, tokens: erp.issueTokens() })}\n`);
  });
}

if (values.help) process.stdout.write(`${help}\n`);
else serve();
