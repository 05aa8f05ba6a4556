import type { z } from 'zod';
import type { Catalog } from '#runtime/catalog.ts';
import { type AnyConnector, connectorWith } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { inputIssue } from './input-issue.ts';
import type { Rate } from './rate-line.ts';
import { readGrant } from './ssrf-guard.ts';

/** Reads a part of a connection's form; throws TerminalError CONFIG_INVALID naming the field, never its value. */
function readPart(schema: z.ZodType, value: unknown, part: 'settings' | 'secrets'): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const { field, message } = inputIssue(read.error, [part]);
  throw new TerminalError('CONFIG_INVALID', message, { field });
}

/** The settings as the connector has them, defaults filled in. */
export function readSettings(connector: AnyConnector, settings: unknown): JsonObject {
  return readPart(connector.settings, settings, 'settings') as JsonObject;
}

/** The secrets as the connector has them. */
export function readSecrets(connector: AnyConnector, secrets: unknown): JsonObject {
  return readPart(connector.secrets, secrets, 'secrets') as JsonObject;
}

/** 1 to 100 characters without line breaks. */
export function readTitle(title: string): string {
  const text = title.trim();
  if (text.length > 0 && text.length <= 100 && !/\p{Cc}/u.test(text)) return text;
  throw new TerminalError('CONFIG_INVALID', 'the title must have 1 to 100 characters', { field: 'title' });
}

/** At most 20 hosts, each `host:port`. */
export function readGrants(grants: readonly string[]): readonly string[] {
  if (grants.length > 20) {
    throw new TerminalError('CONFIG_INVALID', 'a connection can have 20 granted hosts at most', { field: 'grants' });
  }
  return [...new Set(grants.map(readGrant))];
}

/** A limit that a day can hold; null: the connector's own. */
export function readRate(rate: Rate | null): Rate | null {
  if (rate === null) return null;
  const whole = Number.isInteger(rate.requests) && Number.isInteger(rate.perMs);
  if (whole && rate.requests >= 1 && rate.requests <= 1_000_000 && rate.perMs >= 100 && rate.perMs <= 86_400_000) {
    return rate;
  }
  throw new TerminalError('CONFIG_INVALID', 'the limit must be 1 to 1,000,000 requests in 100 ms to a day', {
    field: 'rate',
  });
}

/** The connector as a stored connection has it; as it is without settings where those stored no longer fit. */
function connectorOfStored(catalog: Pick<Catalog, 'connector'>, stored: Stored): AnyConnector | undefined {
  const connector = catalog.connector(stored.connector);
  if (!connector?.tailor) return connector;
  try {
    return connectorWith(connector, readSettings(connector, stored.settings));
  } catch (error) {
    if (error instanceof TerminalError) return connector;
    throw error;
  }
}

interface Stored {
  readonly id: string;
  readonly connector: string;
  readonly settings: unknown;
}

/** Connectors by connection id, each made of its settings when it is first asked for. */
export function connectorsOfStored(
  catalog: Pick<Catalog, 'connector'>,
  connections: readonly Stored[],
): Pick<ReadonlyMap<string, AnyConnector>, 'get'> {
  const stored = new Map(connections.map((each) => [each.id, each]));
  const made = new Map<string, AnyConnector | undefined>();
  return {
    get: (id) => {
      const one = stored.get(id);
      if (one && !made.has(id)) made.set(id, connectorOfStored(catalog, one));
      return made.get(id);
    },
  };
}

/** Everything that decides where credentials go; a change of it asks for them anew. */
export function destinationsOf(connector: AnyConnector, settings: JsonObject): string {
  const oauth = connector.oauth ? [connector.oauth.authorizeUrl(settings), connector.oauth.tokenUrl(settings)] : [];
  return JSON.stringify([connector.base(settings), [...connector.hosts(settings)].sort(), ...oauth]);
}
