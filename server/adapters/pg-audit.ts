import { createHash } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { AuditAction, AuditFilter, AuditLine, AuditPage, AuditQuery } from '#runtime/audit.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { createRedactor } from '#runtime/redact.ts';
import { type Actor, actorNow } from './acting.ts';
import { withTenant } from './pg-pool.ts';

/** The chain of what belongs to no tenant. */
export const HOUSE = 0;

/** What was done, as the caller tells it; who did it is known already. */
export interface Deed {
  readonly action: AuditAction;
  /** On what: its id, and what it is called now. */
  readonly on: { readonly id: string; readonly title: string };
  /** In short; what only names secrets may be told, secrets never. */
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  /** A person's own words. */
  readonly note?: string;
}

/** As in the table's trigger. */
const LOCK = 7_310_246;
const LONGEST_VALUE = 200;
const LONGEST_SIDE = 2000;
/** Values of telling keys go, should a caller have been careless. */
const withoutSecrets = createRedactor([]);

function short(side: JsonObject | undefined): string | null {
  if (side === undefined) return null;
  const text = JSON.stringify(side, (_key, value: unknown) =>
    typeof value === 'string' && value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value,
  );
  // no zero byte can be stored, however it came in
  const safe = withoutSecrets(text).replaceAll('\\u0000', '');
  return safe.length > LONGEST_SIDE ? `${safe.slice(0, LONGEST_SIDE)}…` : safe;
}

const plain = (text: string): string => text.replaceAll('\u0000', '').slice(0, LONGEST_VALUE);

const ADD = `
insert into audit_line (tenant_id, actor, actor_id, role, ip, action, kind, subject, title, before, after, note)
select current_tenant(), $1, $2, $3, $4, d.action, split_part(d.action, '.', 1), d.subject, d.title, d.before, d.after, d.note
from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[]) with ordinality
  as d(action, subject, title, before, after, note, place) order by d.place`;

/**
 * Writes into the audit log of the tenant the transaction works for, in that transaction: what is undone was not done.
 * To be called last in it, since others of the tenant that write wait from then on.
 */
export async function audit(client: ClientBase, deeds: Deed | readonly Deed[], by: Actor = actorNow()): Promise<void> {
  const all: readonly Deed[] = Array.isArray(deeds) ? deeds : [deeds as Deed];
  if (all.length === 0) return;
  await client.query(ADD, [
    plain(by.name),
    by.id,
    by.role,
    by.ip,
    all.map((deed) => deed.action),
    all.map((deed) => plain(deed.on.id)),
    all.map((deed) => plain(deed.on.title)),
    all.map((deed) => short(deed.before)),
    all.map((deed) => short(deed.after)),
    all.map((deed) => (deed.note === undefined ? null : deed.note.replaceAll('\u0000', '').slice(0, LONGEST_SIDE))),
  ]);
}

/**
 * Whether the newest line about it is the same person doing the same within the minutes; then a new one would tell nothing.
 * Others who write wait from here on, so that two who ask at once do not both write.
 */
export async function justDone(
  client: ClientBase,
  action: AuditAction,
  subject: string,
  minutes: number,
): Promise<boolean> {
  const { name } = actorNow();
  await client.query('select pg_advisory_xact_lock($1, current_tenant())', [LOCK]);
  const { rows } = await client.query<{ same: boolean }>(
    `select l.action = $2 and l.actor = $3 and l.at > now() - make_interval(mins => $4) as same from audit_line l
      where l.tenant_id = current_tenant() and l.subject = $1 order by l.seq desc limit 1`,
    [subject, action, plain(name), minutes],
  );
  return rows[0]?.same ?? false;
}

/** What differs between two objects, for the two sides of a line. */
export function difference(
  before: JsonObject,
  after: JsonObject,
): { readonly before: JsonObject; readonly after: JsonObject } {
  const told: Record<'before' | 'after', Record<string, Json>> = { before: {}, after: {} };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue;
    if (before[key] !== undefined) told.before[key] = before[key];
    if (after[key] !== undefined) told.after[key] = after[key];
  }
  return told;
}

interface LineRow extends Omit<AuditLine, 'seq' | 'at'> {
  readonly seq: string;
  readonly at_ms: number;
}

const COLUMNS =
  'seq, (extract(epoch from at) * 1000)::float8 as at_ms, actor, role, ip, action, subject, title, before, after, note';

const LIST = `
select ${COLUMNS} from audit_line
where tenant_id = current_tenant() and ($1::bigint is null or seq < $1)
  and ($2::text is null or strpos(lower(actor), lower($2)) > 0)
  and ($3::text is null or action = $3 or kind = $3)
  and ($4::float8 is null or at >= to_timestamp($4 / 1000.0)) and ($5::float8 is null or at <= to_timestamp($5 / 1000.0))
  and ($6::text is null or strpos(lower(concat_ws(' ', actor, ip, subject, title, before, after, note)), lower($6)) > 0)
order by seq desc limit $7`;

async function read(client: ClientBase, query: AuditQuery): Promise<AuditPage> {
  const { before, who, action, since, until, text, limit } = query;
  const given = [before, who, action, since, until, text].map((value) => value ?? null);
  const { rows } = await client.query<LineRow>(LIST, [...given, limit + 1]);
  const lines = rows.slice(0, limit).map(({ seq, at_ms, ...rest }) => ({ ...rest, seq: Number(seq), at: at_ms }));
  return { lines, more: rows.length > limit };
}

const EXPORT_PAGE = 200;

/** The audit log as people read it. */
export interface AuditLog {
  /** Writes what has no transaction of its own. */
  add(tenant: number, deed: Deed, by?: Actor): Promise<void>;
  page(tenant: number, query: AuditQuery): Promise<AuditPage>;
  /** All lines of a filter, newest first, a page at a time. */
  all(tenant: number, filter: AuditFilter): AsyncGenerator<readonly AuditLine[]>;
}

/** `pool` runs as weft_app. */
export function createAuditLog(pool: Pool): AuditLog {
  const page: AuditLog['page'] = (tenant, query) => withTenant(pool, tenant, (client) => read(client, query));
  return {
    add: (tenant, deed, by) => withTenant(pool, tenant, (client) => audit(client, deed, by)),
    page,
    async *all(tenant, filter) {
      let before: number | undefined;
      for (;;) {
        const found = await page(tenant, {
          ...filter,
          limit: EXPORT_PAGE,
          ...(before === undefined ? {} : { before }),
        });
        yield found.lines;
        if (!found.more) return;
        before = found.lines.at(-1)?.seq;
      }
    },
  };
}

/** The last line of a chain: kept elsewhere, it shows that none was taken off the end or made anew since. */
export interface ChainHead {
  readonly tenant: number;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

/** The first place where a chain does not hold. */
export interface BrokenLink {
  readonly tenant: number;
  readonly seq: number;
  readonly why: string;
}

export interface Verdict {
  readonly lines: number;
  readonly heads: readonly ChainHead[];
  /** The first of each chain that does not hold. */
  readonly broken: readonly BrokenLink[];
}

interface StoredLine {
  readonly tenant_id: number;
  readonly place: string;
  readonly at_ms: string;
  readonly fields: (string | null)[];
  readonly previous: Buffer;
  readonly hash: Buffer;
}

const VERIFY_PAGE = 1000;
const WALK = `
select tenant_id, seq::text as place, round(extract(epoch from at) * 1000)::bigint::text as at_ms, previous, hash,
  array[actor, actor_id::text, role, ip, action, kind, subject, title, before, after, note] as fields
from audit_line where (tenant_id, seq) > ($1, $2) order by tenant_id, seq limit ${VERIFY_PAGE}`;

/** The hash as the database should have made it. */
function hashOf(line: StoredLine): Buffer {
  const fields = [String(line.tenant_id), line.place, line.at_ms, ...line.fields];
  const text = fields.map((field) => `${field === null ? '-' : `${Buffer.byteLength(field)}:${field}`},`).join('');
  return createHash('sha256').update(line.previous).update(text).digest();
}

function faultOf(line: StoredLine, last: ChainHead | undefined): string | null {
  if (Number(line.place) !== (last?.seq ?? 0) + 1) return `line ${(last?.seq ?? 0) + 1} is missing`;
  if (line.previous.toString('hex') !== (last?.hash ?? '')) return 'it does not follow from the line before';
  return hashOf(line).equals(line.hash) ? null : 'it has been altered';
}

/** Goes through every chain from its beginning; `engine` runs as weft_engine. `known`: heads of an earlier pass. */
export async function verifyAudit(engine: Pool, known: readonly ChainHead[] = []): Promise<Verdict> {
  const heads = new Map<number, ChainHead>();
  const broken = new Map<number, BrokenLink>();
  const expected = new Map(known.map((head) => [head.tenant, head]));
  let lines = 0;
  let at: [number, string] = [-1, '0'];
  for (;;) {
    const { rows } = await engine.query<StoredLine>(WALK, at);
    for (const row of rows) {
      const tenant = row.tenant_id;
      const seq = Number(row.place);
      const hash = row.hash.toString('hex');
      const earlier = expected.get(tenant);
      const why =
        faultOf(row, heads.get(tenant)) ??
        (earlier?.seq === seq && earlier.hash !== hash
          ? 'it is not the line that was there at the earlier pass'
          : null);
      if (why !== null && !broken.has(tenant)) broken.set(tenant, { tenant, seq, why });
      heads.set(tenant, { tenant, seq, hash });
    }
    lines += rows.length;
    const last = rows.at(-1);
    if (!last || rows.length < VERIFY_PAGE) break;
    at = [last.tenant_id, last.place];
  }
  for (const { tenant, seq } of known) {
    const there = heads.get(tenant)?.seq ?? 0;
    if (there < seq && !broken.has(tenant))
      broken.set(tenant, { tenant, seq: there + 1, why: 'it was there at the earlier pass and is missing' });
  }
  return { lines, heads: [...heads.values()], broken: [...broken.values()] };
}
