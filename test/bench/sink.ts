import { createServer } from 'node:http';
import { announce } from './line-out.ts';

/**
 * The ERP of the bench: answers every POST with 201 and counts the orders by `externalId`.
 * GET /counts?series=X answers how often each order of a series came; GET /stats first and last arrival of a series.
 */

interface Seen {
  count: number;
}
interface Series {
  readonly orders: Map<string, Seen>;
  posts: number;
  firstMs: number;
  lastMs: number;
}

const series = new Map<string, Series>();
let total = 0;
let unreadable = 0;

function seriesOf(name: string): Series {
  const known = series.get(name);
  if (known) return known;
  const made: Series = { orders: new Map(), posts: 0, firstMs: 0, lastMs: 0 };
  series.set(name, made);
  return made;
}

function note(externalId: string): void {
  const at = performance.timeOrigin + performance.now();
  const entry = seriesOf(externalId.slice(0, externalId.lastIndexOf('-')));
  entry.posts++;
  entry.firstMs ||= at;
  entry.lastMs = at;
  const seen = entry.orders.get(externalId);
  if (seen) seen.count++;
  else entry.orders.set(externalId, { count: 1 });
}

function take(text: string): void {
  total++;
  try {
    const { externalId } = JSON.parse(text) as { externalId?: unknown };
    if (typeof externalId === 'string') note(externalId);
    else unreadable++;
  } catch {
    unreadable++;
  }
}

function report(url: URL): object {
  const { orders, posts, firstMs, lastMs } = seriesOf(url.searchParams.get('series') ?? '');
  const stats = { posts, orders: orders.size, firstMs, lastMs, total, unreadable };
  if (url.pathname !== '/counts') return stats;
  return { ...stats, counts: Object.fromEntries([...orders].map(([id, seen]) => [id, seen.count])) };
}

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(report(new URL(request.url ?? '/', 'http://sink'))));
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    take(Buffer.concat(chunks).toString());
    response.writeHead(201, { 'content-type': 'application/json' });
    response.end(`{"id":${total}}`);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => announce(server));
