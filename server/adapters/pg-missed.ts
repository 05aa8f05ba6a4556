import type pg from 'pg';
import { withTenant } from './pg-pool.ts';
import type { PassKey } from './pg-reconciliation.ts';

export interface MissedRow {
  readonly record: string;
  readonly key: string;
  readonly body: Buffer;
  /** Milliseconds since 1970. */
  readonly seenAt: number;
}

/** Which changes a pass has seen that nobody has taken in, and whether somebody still will. */
export interface MissedBook {
  /** Keys of arrivals that no run has. */
  unknownKeys(tenant: number, keys: readonly Buffer[]): Promise<Set<string>>;
  next(pass: PassKey, most: number): Promise<MissedRow[]>;
  /** The newest run of the flow that has taken in a state of the record since then. */
  runSince(
    pass: PassKey,
    record: string,
    at: number,
  ): Promise<{ readonly run: string; readonly topic: string } | undefined>;
  notMissed(pass: PassKey, records: readonly string[]): Promise<void>;
  topicOf(tenant: number, run: string): Promise<string | undefined>;
  /** How the poll of the trigger fares; times in milliseconds since 1970. */
  poll(pass: PassKey): Promise<{ readonly polledAt: number | null; readonly failures: number } | undefined>;
  pollNow(pass: PassKey): Promise<void>;
}

const OF_PASS = 'flow_id = $1 and trigger = $2';

export function createMissedBook(app: pg.Pool): MissedBook {
  const rows = async <Row extends pg.QueryResultRow>(
    tenant: number,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]> => (await withTenant(app, tenant, (client) => client.query<Row>(sql, [...values]))).rows;
  const ofPass = <Row extends pg.QueryResultRow>(pass: PassKey, sql: string, ...values: unknown[]): Promise<Row[]> =>
    rows<Row>(pass.tenant, sql, [pass.flow, pass.trigger, ...values]);

  return {
    unknownKeys: async (tenant, keys) => {
      const known = await rows<{ dedup: Buffer }>(tenant, 'select dedup from run where dedup = any($1::bytea[])', [
        keys,
      ]);
      const seen = new Set(known.map((row) => row.dedup.toString('hex')));
      return new Set(keys.map((key) => key.toString('hex')).filter((key) => !seen.has(key)));
    },
    next: async (pass, most) =>
      (
        await ofPass<{ record: string; missed_key: string; body: Buffer; seen_ms: number }>(
          pass,
          `select record, missed_key, body, (extract(epoch from seen_at) * 1000)::float8 as seen_ms from reconciled_record
            where ${OF_PASS} and missed_key is not null order by record limit $3`,
          most,
        )
      ).map((row) => ({ record: row.record, key: row.missed_key, body: row.body, seenAt: row.seen_ms })),
    runSince: async (pass, record, at) =>
      (
        await ofPass<{ run: string; topic: string }>(
          pass,
          `select id as run, topic from run where flow_id = $1 and trigger = $2 and record = $3 and tenant_id = current_tenant()
            and received_at >= $4 order by id desc limit 1`,
          record,
          new Date(at).toISOString(),
        )
      )[0],
    notMissed: async (pass, records) => {
      await ofPass(
        pass,
        `update reconciled_record set missed_key = null, body = null where ${OF_PASS} and record = any($3::text[])`,
        records,
      );
    },
    topicOf: async (tenant, run) =>
      (await rows<{ topic: string }>(tenant, 'select topic from run where id = $1', [run]))[0]?.topic,
    poll: async (pass) => {
      const [row] = await ofPass<{ polled_ms: number | null; failures: number }>(
        pass,
        `select (extract(epoch from polled_at) * 1000)::float8 as polled_ms, failures from trigger_clock where ${OF_PASS}`,
      );
      return row ? { polledAt: row.polled_ms, failures: row.failures } : undefined;
    },
    pollNow: async (pass) => {
      await ofPass(
        pass,
        `update trigger_clock set due_at = now() where ${OF_PASS} and failures = 0 and due_at > now()`,
      );
    },
  };
}
