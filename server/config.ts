import { resolve } from 'node:path';
import { z } from 'zod';
import { LIMITS } from './limits.ts';

const NUMBER = { error: 'must be a number' };
const port = z.coerce.number(NUMBER).int().min(0).max(65_535);
const url = (schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol),
      `must be a URL starting with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );
const rate = z.coerce.number(NUMBER).int().min(1).max(100_000_000);
const flag = z.enum(['on', 'off']).transform((value) => value === 'on');

/** Every setting there is, with its default beside its name. The README's table is made from this. */
const settings = {
  PORT: port.default(4000).describe('Port of the web server.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address it listens on; only behind TLS should it be another.'),
  PUBLIC_URL: url(['http:', 'https:'])
    .optional()
    .describe('Address others reach Weft by; webhooks and sign-ins come back to it. Default: made of HOST and PORT.'),
  ROLE: z
    .enum(['all', 'web', 'worker'])
    .default('all')
    .describe('What this process does; on many machines, web and worker apart.'),
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('Where the embedded database, the key file and the practice systems keep their data.'),
  DATABASE_URL: url(['postgres:', 'postgresql:'])
    .optional()
    .describe('A PostgreSQL (13 to 18) instead of the embedded one.'),
  MIGRATE_DATABASE_URL: url(['postgres:', 'postgresql:'])
    .optional()
    .describe('Who may change tables, where that is not the user of DATABASE_URL.'),
  REDIS_URL: url(['redis:', 'rediss:'])
    .optional()
    .describe('Redis as the doorbell between machines instead of PostgreSQL; nothing is kept in it.'),
  MASTER_KEY: z
    .string()
    .regex(
      /^[A-Za-z0-9+/]{43}=(,[A-Za-z0-9+/]{43}=)*$/,
      'must be 32 bytes in base64, while rotating the older ones after it',
    )
    .optional()
    .describe('Key over all secrets; while it is rotated NEW,OLD. Default: DATA_DIR/master.key, made at first start.'),
  ADMIN_EMAIL: z.email().default('admin@weft.example').describe('The first administrator.'),
  ADMIN_PASSWORD: z
    .string()
    .min(12)
    .max(128)
    .optional()
    .describe('The first administrator’s password. Default: one is made and printed once.'),
  SMTP_URL: url(['smtp:', 'smtps:'])
    .optional()
    .describe(
      'Mail server, smtps://user:password@host. Default: mails land in the practice mailbox, where there is one.',
    ),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^(?:[^<>\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be an address, or a name and <address>')
    .optional()
    .describe('Sender of mails, Weft <weft@example.com>; needed with SMTP_URL.'),
  OIDC_ISSUER: url(['https:', 'http:'])
    .optional()
    .describe('OpenID Connect provider people may sign in at; http only on this machine.'),
  OIDC_CLIENT_ID: z.string().min(1).max(500).optional().describe('Weft’s own id there; needed with OIDC_ISSUER.'),
  OIDC_CLIENT_SECRET: z.string().min(1).max(500).optional().describe('Its secret; needed with OIDC_ISSUER.'),
  OIDC_BUTTON: z.string().min(1).max(80).optional().describe('Words on the button at sign-in.'),
  PRACTICE: flag
    .optional()
    .describe('The practice shop and ERP: on or off. Default: on, but off when NODE_ENV is production.'),
  PRACTICE_RATE: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(25)
    .describe('Requests per 5 seconds the practice ERP takes; 25 is Fortnox’s own limit.'),
  WORKER_SLOTS: z.coerce
    .number(NUMBER)
    .int()
    .min(1)
    .max(1000)
    .default(64)
    .describe('Runs a worker has at work at once.'),
  SANDBOX_PROCESSES: z.coerce
    .number(NUMBER)
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Processes that customers’ code runs in at once, one customer a process; started at first use.'),
  LEASE_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(600)
    .default(15)
    .describe('How long a silent worker keeps its runs.'),
  SWEEP_MS: z.coerce
    .number()
    .int()
    .min(50)
    .max(60_000)
    .default(500)
    .describe('Milliseconds between two looks for due runs nobody rang for.'),
  POLL_MS: z.coerce
    .number()
    .int()
    .min(50)
    .max(60_000)
    .default(1000)
    .describe('Milliseconds between two looks for due polls and schedules.'),
  RECONCILE_MINUTES: z.coerce
    .number(NUMBER)
    .int()
    .min(1)
    .max(10_080)
    .default(60)
    .describe('Minutes between two passes that go through what webhooks and polls should have brought.'),
  RECONCILE_HOURS: z.coerce.number(NUMBER).int().min(1).max(8760).default(48).describe('Hours such a pass looks back.'),
  TRACE_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(30)
    .describe('Days the traces of ended runs are kept; references and counts stay.'),
  API_RATE: rate
    .default(LIMITS.api.callerRate)
    .describe('Calls a minute that a web process takes of one person or API token; beyond, 429.'),
  API_TENANT_RATE: rate
    .default(LIMITS.api.tenantRate)
    .describe('The same, of all of one customer’s people and tokens.'),
  HOOK_RATE: rate
    .default(LIMITS.hook.rate)
    .describe(
      'Deliveries a minute that a web process takes at one webhook address; beyond, 429, and nothing is stored.',
    ),
  METRICS_TOKEN: z.string().min(16).optional().describe('Bearer token for /metrics from elsewhere than this machine.'),
  TRUST_PROXY: flag
    .default(false)
    .describe('Whether a proxy in front says who calls and whether TLS was used: on or off.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much is logged.'),
  NODE_ENV: z
    .string()
    .default('development')
    .describe('production switches the practice systems off and secure cookies on.'),
};

const Settings = z.object(settings);

export interface Config extends Omit<z.output<typeof Settings>, 'PRACTICE' | 'DATA_DIR'> {
  readonly PRACTICE: boolean;
  /** Absolute. */
  readonly DATA_DIR: string;
}

/** A setting that cannot be: the message names each and why. */
export class ConfigError extends Error {}

function requireWholeOidc(config: z.output<typeof Settings>): void {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = config;
  if (OIDC_ISSUER === undefined) return;
  if (OIDC_CLIENT_ID === undefined || OIDC_CLIENT_SECRET === undefined)
    throw new ConfigError('OIDC_ISSUER: needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET');
  const { protocol, hostname } = new URL(OIDC_ISSUER);
  if (protocol === 'http:' && !['localhost', '127.0.0.1', '[::1]'].includes(hostname))
    throw new ConfigError('OIDC_ISSUER: must be a URL starting with https:// unless it is on this machine');
}

/** Checks the environment once, at start. Empty values count as absent. Throws ConfigError. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.keys(settings).flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const parsed = Settings.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`).join('\n'));
  }
  const config = parsed.data;
  if (config.SMTP_URL !== undefined && config.MAIL_FROM === undefined)
    throw new ConfigError('MAIL_FROM: is needed with SMTP_URL');
  requireWholeOidc(config);
  return {
    ...config,
    DATA_DIR: resolve(config.DATA_DIR),
    PRACTICE: config.PRACTICE ?? config.NODE_ENV !== 'production',
  };
}

/** Name, default and meaning of each setting, for the README. */
export function settingsTable(): readonly {
  readonly name: string;
  readonly default: string;
  readonly meaning: string;
}[] {
  return Object.entries(settings).map(([name, schema]) => {
    const parsed = (schema as z.ZodType).safeParse(undefined);
    const value = parsed.success ? parsed.data : undefined;
    return {
      name,
      default: value === undefined ? '' : value === false ? 'off' : String(value),
      meaning: schema.description ?? '',
    };
  });
}
