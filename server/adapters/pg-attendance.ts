import type pg from 'pg';
import type { Attend, Attendance, Attendant, Leave } from '#runtime/attendance.ts';
import { withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';

/** Who has flows open to draw in them, over all web processes. Nobody edits longer than a lease after the process that said so died. */
export interface AttendanceStore {
  /** The tab is there, and edits if it may; the answer says who does. Rejects with Refused when there is no such flow. */
  attend(wish: Attend, user: string): Promise<Attendance>;
  leave(who: Leave): Promise<void>;
  /** Null when the flow is gone. */
  read(tenant: number, flow: string): Promise<Attendance | null>;
  /** The tabs are still there. */
  renew(tenant: number, tabs: readonly string[]): Promise<void>;
}

/** How long a tab counts as there when nobody has heard of it. */
const LEASE = "interval '15 seconds'";

/** Sent with the commit: pages that have the flow open are told who is there and how new the draft is. */
export const tellAttendants = (client: pg.PoolClient, tenant: number, flow: string) =>
  client.query("select pg_notify('weft_attendance', $1)", [`${tenant} ${flow}`]);

async function revisionOf(client: pg.PoolClient, flow: string, lock: '' | 'for no key update'): Promise<number | null> {
  const { rows } = await client.query<{ revision: number }>(
    `select revision from flow where id = $1 and tenant_id = current_tenant() ${lock}`,
    [flow],
  );
  return rows[0]?.revision ?? null;
}

async function peopleAt(client: pg.PoolClient, flow: string): Promise<Attendant[]> {
  const { rows } = await client.query<Attendant>(
    `select a.tab, a.user_id as user, u.name, a.editing from attendance a join app_user u on u.id = a.user_id
      where a.flow_id = $1 and a.tenant_id = current_tenant() and a.lapses_at > now() order by u.name, a.tab`,
    [flow],
  );
  return rows;
}

/** Whether another tab than this edits the flow. */
export async function editedElsewhere(client: pg.PoolClient, flow: string, tab: string): Promise<boolean> {
  const { rows } = await client.query(
    'select from attendance where flow_id = $1 and tenant_id = current_tenant() and editing and tab <> $2 and lapses_at > now()',
    [flow, tab],
  );
  return rows.length > 0;
}

async function settle(client: pg.PoolClient, { tenant, flow, tab, wish }: Attend, user: string): Promise<boolean> {
  const before = JSON.stringify(await peopleAt(client, flow));
  await client.query('delete from attendance where flow_id = $1 and lapses_at <= now()', [flow]);
  if (wish === 'take')
    await client.query('update attendance set editing = false where flow_id = $1 and editing and tab <> $2', [
      flow,
      tab,
    ]);
  await client.query(
    `insert into attendance as a (tenant_id, flow_id, tab, user_id, lapses_at, editing)
      values ($1, $2, $3, $4, now() + ${LEASE}, $5 and not exists
        (select from attendance where flow_id = $2 and tenant_id = $1 and editing and tab <> $3))
      on conflict (tenant_id, flow_id, tab) do update set lapses_at = excluded.lapses_at, editing = excluded.editing
        where a.user_id = excluded.user_id`,
    [tenant, flow, tab, user, wish !== 'read'],
  );
  return before !== JSON.stringify(await peopleAt(client, flow));
}

/** `pool` runs as weft_app. */
export function createAttendanceStore(pool: pg.Pool): AttendanceStore {
  return {
    attend: (wish, user) =>
      withTenant(pool, wish.tenant, async (client) => {
        // two who begin at the same moment are told one after the other
        const revision = await revisionOf(client, wish.flow, 'for no key update');
        if (revision === null) throw new Refused(404, 'FLOW_MISSING', 'there is no such flow');
        const changed = await settle(client, wish, user);
        const people = await peopleAt(client, wish.flow);
        if (!people.some((each) => each.tab === wish.tab && each.user === user))
          throw new Refused(409, 'TAB_TAKEN', 'the tab is somebody else’s', { field: 'tab' });
        if (changed) await tellAttendants(client, wish.tenant, wish.flow);
        return { flow: wish.flow, revision, people };
      }),
    leave: ({ tenant, flow, tab }) =>
      withTenant(pool, tenant, async (client) => {
        const { rowCount } = await client.query(
          'delete from attendance where flow_id = $1 and tab = $2 and tenant_id = current_tenant()',
          [flow, tab],
        );
        if (rowCount === 1) await tellAttendants(client, tenant, flow);
      }),
    read: (tenant, flow) =>
      withTenant(pool, tenant, async (client) => {
        const revision = await revisionOf(client, flow, '');
        return revision === null ? null : { flow, revision, people: await peopleAt(client, flow) };
      }),
    renew: (tenant, tabs) =>
      withTenant(pool, tenant, async (client) => {
        await client.query(
          `update attendance set lapses_at = now() + ${LEASE} where tab = any($1::uuid[]) and tenant_id = current_tenant()`,
          [tabs],
        );
      }),
  };
}
