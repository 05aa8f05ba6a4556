import { createPostgresBackend, Queue, type RedisQueueBackend, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Database } from './pg-pool.ts';

/** Tells workers that runs are due. Coalesced, and never the truth: lose it whole and the sweep finds what is due. */
export interface Doorbell {
  ring(): void;
  /** Calls back when somebody rang, in this process or another. */
  answer(wake: () => void): void;
  close(): Promise<void>;
}

export interface DoorbellOptions {
  readonly database: Database;
  /** Absent: BullMQ's PostgreSQL backend. */
  readonly redisUrl: string | undefined;
  readonly log: Logger;
}

const OnPostgres = withBackend(createPostgresBackend);

const NAME = 'weft-due';
const COALESCE_MS = 100;
/** Jobs of one period share an id, so that BullMQ drops all but the first while it waits. */
const JOB = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

interface Ends {
  readonly queue: { add(name: string, data: unknown, options: object): Promise<unknown>; close(): Promise<void> };
  worker(handle: () => Promise<void>): { close(force?: boolean): Promise<void> };
  close(): Promise<void>;
}

function onPostgres({ database, log }: DoorbellOptions): Ends {
  const warn = (err: Error): void => log.debug({ err }, 'doorbell');
  // the queue's writes may be lost with the last milliseconds of a crash: the sweep is the truth
  const connection = { ...database, options: '-c synchronous_commit=off', schema: 'bullmq', max: 2 };
  const queue = new OnPostgres.Queue(NAME, { connection });
  queue.on('error', warn);
  return {
    queue,
    worker: (handle) => {
      const worker = new OnPostgres.Worker(NAME, handle, { connection, concurrency: 1 });
      worker.on('error', warn);
      return worker;
    },
    close: () => Promise.resolve(),
  };
}

function onRedis({ log }: DoorbellOptions, url: string): Ends {
  const warn = (err: Error): void => log.debug({ err }, 'doorbell');
  const connect = (retries: number | null): Redis => {
    const redis = new Redis(url, { maxRetriesPerRequest: retries });
    redis.on('error', warn);
    return redis;
  };
  // a ring must fail fast when Redis is down; the worker waits for it as long as it takes. What is asked before the first
  // connection stands must wait for it: BullMQ keeps a failed first command for ever
  const ringing = connect(1);
  const listening: Redis[] = [];
  const queue = new Queue<unknown, unknown, string, RedisQueueBackend>(NAME, {
    connection: ringing,
    skipWaitingForReady: true,
  });
  queue.on('error', warn);
  return {
    queue,
    worker: (handle) => {
      const connection = connect(null);
      listening.push(connection);
      const worker = new Worker<unknown, unknown, string, RedisQueueBackend>(NAME, handle, {
        connection,
        concurrency: 1,
      });
      worker.on('error', warn);
      return worker;
    },
    close: async () => {
      for (const redis of [ringing, ...listening]) redis.disconnect();
    },
  };
}

export function createDoorbell(options: DoorbellOptions): Doorbell {
  const ends = options.redisUrl === undefined ? onPostgres(options) : onRedis(options, options.redisUrl);
  let worker: { close(force?: boolean): Promise<void> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ringNow = (): void => {
    timer = undefined;
    ends.queue
      .add('due', {}, { ...JOB, jobId: `due-${Math.floor(Date.now() / COALESCE_MS)}` })
      .catch((err: unknown) => {
        options.log.debug({ err }, 'the doorbell did not ring; the sweep will find what is due');
      });
  };
  return {
    ring: () => {
      timer ??= setTimeout(ringNow, COALESCE_MS / 2);
    },
    answer: (wake) => {
      worker = ends.worker(async () => wake());
    },
    close: async () => {
      clearTimeout(timer);
      await Promise.allSettled([worker?.close(true), ends.queue.close()]);
      await ends.close();
    },
  };
}
