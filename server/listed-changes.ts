import { hash } from 'node:crypto';
import type { AnyCapability, Entity } from '#runtime/capability.ts';
import { type AnyConnector, offerOf, type Session } from '#runtime/connector.ts';
import type { Json } from '#runtime/json.ts';
import type { Arrival } from './intake.ts';

/** A record as a list brings it. */
export interface ListedItem {
  readonly source?: { readonly id: string };
  readonly changedAt?: string;
}

export interface Listed {
  readonly items: readonly ListedItem[];
  readonly cursor?: string;
  readonly stamps?: Readonly<Record<string, string>>;
  /** Records that could not be read: each becomes a run of its own that says why. */
  readonly refused?: readonly { readonly id: string; readonly message: string }[];
}

export interface ListCall {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly cursor: string | undefined;
}

/** One page of what a system says has changed. */
export async function listPage(
  { connector, session }: { readonly connector: AnyConnector; readonly session: Session },
  capability: AnyCapability,
  { since, cursor }: ListCall,
): Promise<Listed> {
  const offer = offerOf(connector, capability.name);
  if (!offer) throw new Error(`${connector.id} is read by ${capability.name} but does not offer it`);
  const input = { changedSince: new Date(since).toISOString(), ...(cursor === undefined ? {} : { cursor }) };
  const answer = await (offer as { run(session: Session, input: unknown): Promise<unknown> }).run(session, input);
  return capability.output.parse(answer) as Listed;
}

/** The listed records as what they come to: one arrival for each state of a record, the same however often it is listed. */
export function arrivalsOf(entity: Entity, listed: Listed): Arrival[] {
  const topic = `${entity}.changed`;
  const arrivals = listed.items.map((item): Arrival => {
    const raw = Buffer.from(JSON.stringify(item));
    const record = item.source?.id;
    if (record === undefined) throw new Error(`a listed ${entity} has no source id`);
    const key = listed.stamps?.[record] ?? `poll:${hash('sha256', raw, 'hex')}`;
    return { entity, record, via: 'poll', topic, key, raw, body: item as Json };
  });
  const unread = (listed.refused ?? []).map(({ id, message }): Arrival => {
    const key = listed.stamps?.[id] ?? `refused:${message}`;
    return { entity, record: id, via: 'poll', topic, key, raw: Buffer.from('null'), body: null };
  });
  return [...arrivals, ...unread];
}
