import type { AnyConnector, Session, WebhookContract } from '#runtime/connector.ts';
import { type ConnectionSystem, createConnectionSystem } from './adapters/connection-system.ts';
import { hookPlace } from './adapters/flow-triggers.ts';
import { createHookSecrets } from './adapters/hook-secrets.ts';
import type { MasterKey } from './adapters/master-key.ts';
import type { Hook, LiveTrigger } from './adapters/pg-hooks.ts';
import { withTenant } from './adapters/pg-pool.ts';
import { requireMasterKey } from './adapters/vault.ts';
import { newWebhookSecret } from './adapters/webhook-secret.ts';
import type { Ground } from './engine.ts';

export interface WorldOptions {
  readonly master: MasterKey;
  /** The address webhooks come back to, without a slash at its end. */
  readonly publicUrl: string;
  /** `host:port` that steps without a connection may reach on private networks; only benches and tests have any. */
  readonly plainGrants?: readonly string[];
}

/** The other systems, as one process reaches them. */
export interface World extends Omit<ConnectionSystem, 'heard' | 'close'> {
  hookUrl(token: string): string;
  /** How a connection's deliveries are signed and read, and the secrets to check them by. */
  vendorOf(
    tenant: number,
    connection: string,
  ): Promise<{ readonly webhook: WebhookContract | undefined; readonly secrets: readonly string[] }>;
  /** What calls to a flow's own address may be signed with now; none: nobody has asked for a secret yet. */
  hookSecrets(hook: Hook): Promise<readonly string[]>;
  ensureWebhook(
    source: LiveTrigger,
    connector: AnyConnector,
    session: Session,
    topics: readonly string[],
  ): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the door to other systems; throws StartError when the database's secrets belong to another master key. */
export async function createWorld(ground: Ground, options: WorldOptions): Promise<World> {
  const { pools, catalog, clock, log } = ground;
  await requireMasterKey(pools.engine, options.master);
  const system = createConnectionSystem({
    pools,
    master: options.master,
    connectors: catalog.connectors,
    clock,
    plainGrants: options.plainGrants ?? [],
  });
  const { vault, door, admin, known } = system;
  const deaf = ground.notifications.on('weft_connection', system.heard);
  const deafToKeys = ground.notifications.on('weft_key', (tenant) => vault.forget(Number(tenant)));
  const hookUrl = (token: string): string => `${options.publicUrl}/hooks/${token}`;

  const hookSecrets = createHookSecrets({ vault, known, clock });

  return {
    vault,
    door,
    admin,
    known,
    hookUrl,
    vendorOf: async (tenant, connection) => {
      const open = await door.find(tenant, connection);
      return { webhook: open.connector.webhook, secrets: await open.webhookSecrets() };
    },
    hookSecrets,
    ensureWebhook: async (source, connector, session, topics) => {
      const { rows } = await withTenant(pools.app, source.tenant, (client) =>
        client.query<{ token_sealed: Buffer }>('select token_sealed from hook where flow_id = $1 and trigger = $2', [
          source.flow,
          source.trigger,
        ]),
      );
      const sealed = rows[0]?.token_sealed;
      const name = connector.webhook?.signature.secret;
      if (!sealed || !connector.webhook?.ensure || name === undefined) return;
      let [secret] = await (await door.find(source.tenant, source.connection)).webhookSecrets();
      if (secret === undefined) {
        secret = newWebhookSecret();
        await admin.setSecrets(source.tenant, source.connection, { [name]: secret });
      }
      const token = (await vault.keysOf(source.tenant)).open(
        hookPlace(source.flow, source.trigger, 'hook-token'),
        sealed,
      );
      const done = await connector.webhook.ensure(session, { url: hookUrl(token), secret, topics });
      log.debug({ flow: source.flow, webhooks: done }, 'webhooks of the other system looked after');
    },
    stop: async () => {
      deaf();
      deafToKeys();
      await system.close();
    },
  };
}
