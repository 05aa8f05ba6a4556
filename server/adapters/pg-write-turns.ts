import { randomUUID } from 'node:crypto';
import type { LaneClient } from './pg-lane.ts';

/** A connection of a tenant. */
export interface TurnKey {
  readonly tenant: number;
  readonly connection: string;
}

/** Whose turn it is to write to a connection, among all processes on one database. */
export interface WriteTurns {
  /** False when another process has it. Rejects when the database does not answer. */
  tryTake(key: TurnKey): Promise<boolean>;
  /** Never rejects: a turn that cannot be given back lapses. */
  giveBack(key: TurnKey): Promise<void>;
  /** The system may still be at work on what was sent: nobody writes until the turn has lapsed. */
  letLapse(key: TurnKey): void;
}

/** So long after a process died, or gave up a write without an answer, its system is taken for idle. */
const LAPSE_MS = 8000;

const TAKE = `
insert into write_turn (tenant_id, connection_id, holder, lapses_at) values ($1, $2, $3, clock_timestamp() + $4::int * interval '1 ms')
on conflict (connection_id, tenant_id) do update set holder = excluded.holder, lapses_at = excluded.lapses_at
  where write_turn.lapses_at < clock_timestamp() returning true`;
const RENEW = `
update write_turn set lapses_at = clock_timestamp() + $4::int * interval '1 ms' where tenant_id = $1 and connection_id = $2 and holder = $3`;
const GIVE_BACK = 'delete from write_turn where tenant_id = $1 and connection_id = $2 and holder = $3';

export function createWriteTurns(client: LaneClient, lapseMs = LAPSE_MS): WriteTurns {
  const holder = randomUUID();
  const renewing = new Map<string, NodeJS.Timeout>();
  const nameOf = ({ tenant, connection }: TurnKey) => `${tenant} ${connection}`;
  const values = ({ tenant, connection }: TurnKey) => [tenant, connection, holder];
  const stopRenewing = (key: TurnKey): void => {
    clearInterval(renewing.get(nameOf(key)));
    renewing.delete(nameOf(key));
  };
  return {
    async tryTake(key) {
      const { rowCount } = await client.query({ name: 'take_turn', text: TAKE, values: [...values(key), lapseMs] });
      if (rowCount === 0) return false;
      const renew = () =>
        client.query({ name: 'renew_turn', text: RENEW, values: [...values(key), lapseMs] }).catch(() => undefined);
      renewing.set(nameOf(key), setInterval(renew, lapseMs / 4).unref());
      return true;
    },
    async giveBack(key) {
      stopRenewing(key);
      await client.query({ name: 'end_turn', text: GIVE_BACK, values: values(key) }).catch(() => undefined);
    },
    letLapse: stopRenewing,
  };
}
