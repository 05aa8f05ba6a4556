import { type AnyConnector, connectorWith } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { RenewSecret } from '#runtime/protocol.ts';
import { destinationsOf, readSecrets, readSettings, readTitle } from './connection-form.ts';
import type { ConnectionChange, StoredConnection } from './connection-rows.ts';
import { territoryOf } from './outgoing.ts';
import type { TenantKeys } from './vault.ts';
import { earlierOf, earlierPlace, KEEP_HOURS, newWebhookSecret, webhookSecretIn } from './webhook-secret.ts';

/** What a person changed; what is left out stays. */
export interface ConnectionEdit {
  readonly title?: string;
  readonly settings?: unknown;
  /** All of them, in place of those that are there. */
  readonly secrets?: unknown;
  readonly beside?: SecretsEdit;
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
  const given =
    edit.secrets === undefined
      ? edit.beside && merged(row, connector, edit.beside, keys)
      : readSecrets(connector, edit.secrets);
  return {
    settings,
    title: edit.title === undefined ? row.title : readTitle(edit.title),
    ...(moved && connector.oauth ? { signOut: true, state: { is: 'sign-in-needed', reason: NOT_SIGNED_IN } } : {}),
    ...(given === undefined ? {} : planNewSecrets(row, connector, given, keys)),
    // the system it led to before has no more to say here
    ...(moved ? { earlier: null } : {}),
  };
}

/** Merges into what is there, under the next version's seal. */
export function planSecrets(
  row: StoredConnection,
  connector: AnyConnector,
  given: SecretsEdit,
  keys: TenantKeys,
): PlannedChange {
  return planNewSecrets(row, connector, merged(row, connector, given, keys), keys);
}

/** Those that are there with those given put beside them. */
export function merged(
  row: StoredConnection,
  connector: AnyConnector,
  given: SecretsEdit,
  keys: TenantKeys,
): JsonObject {
  const all = Object.entries({ ...openSecrets(row, keys), ...given }).filter(([, value]) => value !== null);
  return readSecrets(connector, Object.fromEntries(all));
}

function openSecrets({ id, secrets, secretsVersion: version }: StoredConnection, keys: TenantKeys): JsonObject {
  return secrets ? (JSON.parse(keys.open({ connection: id, kind: 'secrets', version }, secrets)) as JsonObject) : {};
}

/** A new webhook secret beside the one before, which is taken for a while yet. Throws TerminalError UNSUPPORTED. */
export function planWebhookSecret(
  row: StoredConnection,
  connector: AnyConnector,
  { secret = newWebhookSecret(), keepHours }: RenewSecret,
  keys: TenantKeys,
): { readonly change: PlannedChange; readonly made: string } {
  const name = connectorWith(connector, row.settings).webhook?.signature.secret;
  if (name === undefined)
    throw new TerminalError('UNSUPPORTED', `${connector.title} signs no webhooks here`, { field: 'connection' });
  const given = merged(row, connector, { [name]: secret }, keys);
  return { change: planNewSecrets(row, connector, given, keys, keepHours), made: secret };
}

/** Keys that were mended are worth a try; a vendor's own sign-in is not replaced by them. */
function planNewSecrets(
  row: StoredConnection,
  connector: AnyConnector,
  secrets: JsonObject,
  keys: TenantKeys,
  keepHours = KEEP_HOURS,
): PlannedChange {
  const ready = row.state === 'sign-in-needed' && !connector.oauth;
  const tailored = connectorWith(connector, row.settings);
  const [before, now] = [openSecrets(row, keys), secrets].map((each) => webhookSecretIn(tailored, each));
  const earlier = earlierOf(before ?? null, now ?? null, keepHours, (text) => keys.seal(earlierPlace(row.id), text));
  return {
    secrets: sealed(keys, row, secrets),
    // what stays as it was goes on as it was, a rotation that is under way with it
    ...(before === now ? {} : { earlier }),
    ...(ready ? { state: READY } : {}),
  };
}

/** The first secrets of a connection that is being made. */
export function firstSecrets(id: string, connector: AnyConnector, given: unknown, keys: TenantKeys) {
  if (given === undefined) return { secrets: null, secretsVersion: 0 };
  const made = sealed(keys, { id, secretsVersion: 0 }, readSecrets(connector, given));
  return { secrets: made.sealed, secretsVersion: made.version };
}
