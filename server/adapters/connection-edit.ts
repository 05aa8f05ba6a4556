import { type AnyConnector, connectorWith } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { destinationsOf, readSecrets, readSettings, readTitle } from './connection-form.ts';
import type { ConnectionChange, StoredConnection } from './connection-rows.ts';
import { territoryOf } from './outgoing.ts';
import type { TenantKeys } from './vault.ts';

/** What a person changed; what is left out stays. */
export interface ConnectionEdit {
  readonly title?: string;
  readonly settings?: unknown;
  /** All of them, in place of those that are there. */
  readonly secrets?: unknown;
}

/** Secrets put beside those that are there; `null` takes one away. */
export type SecretsEdit = Readonly<Record<string, string | null>>;

/** A change of the row; `signOut`: the tokens go with it. */
export type PlannedChange = ConnectionChange & { readonly signOut?: boolean };

export const NOT_SIGNED_IN = 'nobody has signed in to this connection yet';
const READY = { is: 'ready', reason: null } as const;

function sealed(keys: TenantKeys, row: Pick<StoredConnection, 'id' | 'secretsVersion'>, secrets: JsonObject) {
  const version = row.secretsVersion + 1;
  return { sealed: keys.seal({ connection: row.id, kind: 'secrets', version }, JSON.stringify(secrets)), version };
}

/** Settings read and tried: the connector's base and hosts, and what it is by its settings, can be worked out from them. */
export function tryOut(connector: AnyConnector, given: unknown): JsonObject {
  const settings = readSettings(connector, given);
  territoryOf(connector.base(settings), connector.hosts(settings));
  connectorWith(connector, settings);
  return settings;
}

/** Settings that lead elsewhere ask for the secrets anew, or whoever may edit could have them sent to a host of their own. */
export function planEdit(
  row: StoredConnection,
  connector: AnyConnector,
  edit: ConnectionEdit,
  keys: TenantKeys,
): PlannedChange {
  const settings = edit.settings === undefined ? row.settings : tryOut(connector, edit.settings);
  const moved = destinationsOf(connector, settings) !== destinationsOf(connector, row.settings);
  if (moved && row.secrets && edit.secrets === undefined) {
    throw new TerminalError('CONFIG_INVALID', 'an address that leads elsewhere asks for the secrets again', {
      field: 'secrets',
    });
  }
  return {
    settings,
    title: edit.title === undefined ? row.title : readTitle(edit.title),
    ...(moved && connector.oauth ? { signOut: true, state: { is: 'sign-in-needed', reason: NOT_SIGNED_IN } } : {}),
    ...(edit.secrets === undefined ? {} : planNewSecrets(row, connector, readSecrets(connector, edit.secrets), keys)),
  };
}

/** Merges into what is there, under the next version's seal. */
export function planSecrets(
  row: StoredConnection,
  connector: AnyConnector,
  given: SecretsEdit,
  keys: TenantKeys,
): PlannedChange {
  const place = { connection: row.id, kind: 'secrets', version: row.secretsVersion };
  const kept = row.secrets ? (JSON.parse(keys.open(place, row.secrets)) as JsonObject) : {};
  const all = Object.entries({ ...kept, ...given }).filter(([, value]) => value !== null);
  return planNewSecrets(row, connector, readSecrets(connector, Object.fromEntries(all)), keys);
}

/** Keys that were mended are worth a try; a vendor's own sign-in is not replaced by them. */
function planNewSecrets(
  row: StoredConnection,
  connector: AnyConnector,
  secrets: JsonObject,
  keys: TenantKeys,
): PlannedChange {
  const ready = row.state === 'sign-in-needed' && !connector.oauth;
  return { secrets: sealed(keys, row, secrets), ...(ready ? { state: READY } : {}) };
}

/** The first secrets of a connection that is being made. */
export function firstSecrets(id: string, connector: AnyConnector, given: unknown, keys: TenantKeys) {
  if (given === undefined) return { secrets: null, secretsVersion: 0 };
  const made = sealed(keys, { id, secretsVersion: 0 }, readSecrets(connector, given));
  return { secrets: made.sealed, secretsVersion: made.version };
}
