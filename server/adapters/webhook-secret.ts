import { randomBytes } from 'node:crypto';
import type { AnyConnector } from '#runtime/connector.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { RenewSecret } from '#runtime/protocol.ts';
import type { SealPlace } from './secret-box.ts';

/** Hours that the secret before is taken when nobody says otherwise: the other system can be changed in peace. */
export const KEEP_HOURS = 24;

/** A secret of 256 bits, as text that any system's form takes. */
export const newWebhookSecret = (): string => randomBytes(32).toString('base64url');

/** Where the secret before belongs; one at a time, so it needs no number. */
export const earlierPlace = (connection: string): Omit<SealPlace, 'tenant'> => ({
  connection,
  kind: 'earlier-webhook-secret',
  version: 1,
});

/** The secret that a connection's deliveries are signed with, where it has one. */
export function webhookSecretIn(connector: AnyConnector, secrets: Readonly<Record<string, unknown>>): string | null {
  const name = connector.webhook?.signature.secret;
  const value = name === undefined ? undefined : secrets[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What a rotation keeps of the secret before; null: nothing of it is taken any more. */
export interface Earlier {
  readonly sealed: Buffer;
  readonly hours: number;
}

/** The secret before under seal, where there is one that differs and is to be kept. */
export function earlierOf(
  before: string | null,
  now: string | null,
  hours: number,
  sealIt: (text: string) => Buffer,
): Earlier | null {
  return before === null || now === null || before === now || hours === 0 ? null : { sealed: sealIt(before), hours };
}

/** What the log is told of a rotation. */
export const toldRotation = ({ secret, keepHours }: RenewSecret, kept: boolean): JsonObject => ({
  made: secret === undefined ? 'here' : 'elsewhere',
  ...(kept ? { 'the one before': `taken for ${keepHours} hours more` } : {}),
});
