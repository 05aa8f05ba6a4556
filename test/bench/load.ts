import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { say } from './line-out.ts';
import { benchOrder } from './order.ts';

/**
 * The load generator: closed loop over raw keep-alive sockets, one fresh order a request, made before it is sent.
 * `node load.ts JSON` with a LoadOrder; prints one LoadResult and ends.
 */

const LoadOrder = z.strictObject({
  url: z.url(),
  /** Prefix of the order ids; a series is used once. */
  series: z.string().min(1),
  concurrency: z.int().min(1).max(256),
  /** Whichever comes first ends the load. */
  orders: z.int().min(1).max(200_000),
  seconds: z.number().positive().max(600),
  /** Send one small constant body instead of orders. */
  body: z.string().optional(),
});
export type LoadOrder = z.infer<typeof LoadOrder>;

export interface LoadResult {
  readonly sent: number;
  /** Answered 2xx; `codes` has all. */
  readonly ok: number;
  readonly codes: Readonly<Record<string, number>>;
  /** Answered by 2xx, to be found at the sink; the others were refused or their outcome is unknown. */
  readonly accepted: readonly string[];
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** The body of the last 2xx. */
  readonly answer: string;
}

const ANSWER_MS = 35_000;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** The answer at the front of what has come; null until it is whole. Answers are chunked or have a length. */
function readAnswer(bytes: Buffer): Answer | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(head);
  const start = headEnd + 4;
  if (length) {
    const end = start + Number(length[1]);
    return bytes.length < end ? null : { status, body: bytes.toString('utf8', start, end) };
  }
  const end = bytes.indexOf('0\r\n\r\n', start);
  return end < 0 ? null : { status, body: bytes.toString('utf8', start, end) };
}

/** One connection that carries one request at a time, made anew after it broke. */
interface Line {
  send(bytes: string): Promise<Answer | Error>;
  close(): void;
}

function createLine(host: string, port: number): Line {
  let open: Socket | undefined;
  let come: Buffer | undefined;
  let settle: ((answer: Answer | Error) => void) | undefined;

  const dial = (): Promise<Socket | Error> =>
    new Promise((resolve) => {
      const socket = connect(port, host);
      socket.setNoDelay(true);
      const lost = (error: Error): void => {
        if (open === socket) open = undefined;
        resolve(error);
        settle?.(error);
      };
      socket.on('error', lost);
      socket.on('close', () => lost(new Error('connection closed')));
      socket.on('data', (chunk: Buffer) => {
        come = come ? Buffer.concat([come, chunk]) : chunk;
        const answer = readAnswer(come);
        if (answer) settle?.(answer);
      });
      socket.once('connect', () => {
        open = socket;
        resolve(socket);
      });
    });

  return {
    send: async (bytes) => {
      const socket = open ?? (await dial());
      if (socket instanceof Error) return socket;
      return new Promise((resolve) => {
        const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), ANSWER_MS);
        settle = (answer) => {
          clearTimeout(timer);
          settle = undefined;
          come = undefined;
          resolve(answer);
        };
        socket.write(bytes);
      });
    },
    close: () => open?.destroy(),
  };
}

interface Tally {
  readonly latencies: number[];
  readonly codes: Record<string, number>;
  readonly accepted: string[];
  answer: string;
}

function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return Math.round((value ?? 0) * 100) / 100;
}

async function run(load: LoadOrder): Promise<LoadResult> {
  const url = new URL(load.url);
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n`;
  const tally: Tally = { latencies: [], codes: {}, accepted: [], answer: '' };
  const begin = performance.now();
  const end = begin + load.seconds * 1000;
  let sent = 0;
  const caller = async (): Promise<void> => {
    const line = createLine(url.hostname, Number(url.port));
    while (sent < load.orders && performance.now() < end) {
      const order = benchOrder(load.series, ++sent);
      const body = load.body ?? JSON.stringify(order);
      const bytes = `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      const from = performance.now();
      const answer = await line.send(bytes);
      tally.latencies.push(performance.now() - from);
      const code = answer instanceof Error ? answer.message : String(answer.status);
      tally.codes[code] = (tally.codes[code] ?? 0) + 1;
      if (answer instanceof Error || answer.status < 200 || answer.status > 299) continue;
      tally.accepted.push(order.orderId);
      tally.answer = answer.body;
    }
    line.close();
  };
  await Promise.all(Array.from({ length: load.concurrency }, caller));
  const seconds = (performance.now() - begin) / 1000;
  const sorted = tally.latencies.sort((a, b) => a - b);
  return {
    sent,
    ok: tally.accepted.length,
    codes: tally.codes,
    accepted: tally.accepted,
    seconds,
    perSecond: tally.accepted.length / seconds,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    answer: tally.answer,
  };
}

say(await run(LoadOrder.parse(JSON.parse(process.argv[2] ?? 'null'))));
