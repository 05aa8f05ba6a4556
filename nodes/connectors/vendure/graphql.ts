import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { readAnswer } from '../answer.ts';
import { type ShopTraits, settingsOf } from './settings.ts';

const Answer = z.looseObject({ data: z.record(z.string(), z.json()) });

/**
 * Asks the Admin API and reads `data`. `errors` and ErrorResults never come this far: the connector's `faultWithin` makes
 * them the rejection of the request. A document holds at most one mutation that is not absolute, since each is a transaction.
 */
export async function graphql<T extends z.ZodType>(
  session: Session,
  data: T,
  query: string,
  variables: JsonObject = {},
): Promise<z.output<T>> {
  const { url, channel } = settingsOf(session);
  const answer = await session.http({
    method: 'POST',
    path: url,
    headers: channel === '' ? {} : { 'vendure-token': channel },
    body: { query, variables },
  });
  const whole = readAnswer(Answer, answer.body, 'answer');
  return readAnswer(data, whole.data, 'answer.data');
}

/** Asked for beside every record: what the channel's amounts mean. */
export const CHANNEL = 'activeChannel{pricesIncludeTax}';
export const Channel = z.looseObject({ pricesIncludeTax: z.boolean() });

export function traitsOf(session: Session, channel: z.output<typeof Channel>): ShopTraits {
  return {
    connection: session.connection,
    settings: settingsOf(session),
    pricesIncludeTax: channel.pricesIncludeTax,
  };
}

/** Ids are numbers or UUIDs, by the shop's id strategy; anything else may upset its database. */
export function idOf(id: string, field: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  throw new TerminalError('INPUT_INVALID', `“${id.slice(0, 40)}” is not an id of Vendure`, { field });
}

/** `ON` in a document that makes something: the failures it declares, with the words that some of them add. */
export const FAILURES = `...on ErrorResult{errorCode message}`;
