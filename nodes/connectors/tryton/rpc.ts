import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { FlowError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { readAnswer } from '../answer.ts';
import { warningOf } from './fault.ts';
import { deskOf } from './settings.ts';

const Answer = z.looseObject({ result: z.json() });
const Preferences = z.looseObject({ company: z.int().nullish(), language: z.string().nullish() });
const Ids = z.array(z.int());

/** A question that is answered with “yes” as often as this in one call is no question. */
const MOST_WARNINGS = 8;

async function ask(session: Session, method: string, params: readonly Json[]): Promise<Json> {
  const answer = await session.http({ method: 'POST', path: '', body: { id: 1, method, params: [...params] } });
  return readAnswer(Answer, answer.body, 'answer').result as Json;
}

const KEPT_MS = 60_000;

/** Loads what seldom changes: once a minute for a connection, and anew as soon as its settings or credentials are others. */
export function kept<T>(load: (session: Session) => Promise<T>): (session: Session) => Promise<T> {
  const known = new WeakMap<object, { readonly value: T; readonly until: number }>();
  // shared within a step alone, for another step may be given up
  const loading = new WeakMap<Session, Promise<T>>();
  return async (session) => {
    // one object for as long as the connection is the same
    const connection = session.settings as object;
    const found = known.get(connection);
    if (found !== undefined && session.now < found.until) return found.value;
    const running = loading.get(session) ?? load(session);
    loading.set(session, running);
    try {
      const value = await running;
      known.set(connection, { value, until: session.now + KEPT_MS });
      return value;
    } finally {
      loading.delete(session);
    }
  };
}

/** The user's company and language: without a company Tryton has no prices, stock or accounts. */
const contextOf = kept(async (session): Promise<JsonObject> => {
  const answer = await ask(session, 'model.res.user.get_preferences', [true, {}]);
  const { company, language } = readAnswer(Preferences, answer, 'preferences');
  if (company != null) return { company, language: language ?? 'en' };
  throw new TerminalError('TARGET_REFUSED', 'the user belongs to no company in Tryton', { field: 'user' });
});

/** The company whose books the user works in. */
export async function companyOf(session: Session): Promise<number> {
  return (await contextOf(session))['company'] as number;
}

/**
 * Calls `model.<method>` with the context last. A warning is a question that Tryton's own client puts to its user; it is
 * answered as the client does, told in the run's log, and the call, which did nothing yet, is made again.
 */
export async function rpc(
  session: Session,
  method: string,
  params: readonly Json[],
  more: JsonObject = {},
): Promise<Json> {
  const context = { ...(await contextOf(session)), ...more };
  for (let warnings = 0; ; warnings++) {
    try {
      return await ask(session, `model.${method}`, [...params, context]);
    } catch (error) {
      const warning = warningOf(error);
      if (warning === undefined || warnings === MOST_WARNINGS) throw error;
      session.note(`Tryton asked, and was told to go on: ${(error as Error).message}`);
      const [user] = await searchIds(session, 'res.user', [['login', '=', deskOf(session).user]]);
      await ask(session, 'model.res.user.warning.create', [[{ user: user ?? null, name: warning, always: false }], {}]);
    }
  }
}

/** `['code', '=', 'A1']` and the like; source: trytond/model documentation, “Domain”. */
export type Domain = Json[];

interface Query<T extends z.ZodType> {
  readonly domain: Domain;
  readonly fields: readonly string[];
  /** One record as it is answered. */
  readonly shape: T;
  readonly limit?: number;
  readonly context?: JsonObject;
}

/** Records in the order of their ids. A dotted field, `lines.product.code`, comes nested as `lines.: [{ product.: { code } }]`. */
export async function rows<T extends z.ZodType>(
  session: Session,
  model: string,
  query: Query<T>,
): Promise<z.output<T>[]> {
  const found = await raws(session, model, query);
  return found.map((row, index) => readAnswer(query.shape, row, `${model}[${index}]`));
}

/** The same, not read yet. */
export async function raws(
  session: Session,
  model: string,
  query: Omit<Query<z.ZodType>, 'shape'>,
): Promise<JsonObject[]> {
  const { domain, fields, limit = 1000, context } = query;
  const params = [domain, 0, limit, [['id', 'ASC']], [...fields]];
  return readAnswer(
    z.array(z.custom<JsonObject>(isObject)),
    await rpc(session, `${model}.search_read`, params, context),
    model,
  );
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

export async function searchIds(session: Session, model: string, domain: Domain): Promise<number[]> {
  const answer = await ask(session, `model.${model}.search`, [
    domain,
    0,
    100,
    [['id', 'ASC']],
    await contextOf(session),
  ]);
  return readAnswer(Ids, answer, model);
}

/** The one record of an id from elsewhere; what is no id of Tryton's names nothing there. */
export async function rowOf<T extends z.ZodType>(
  session: Session,
  model: string,
  id: string,
  query: Omit<Query<T>, 'limit'>,
): Promise<z.output<T>> {
  const number = idOf(id);
  const [row] =
    number === undefined
      ? []
      : await rows(session, model, { ...query, domain: [['id', '=', number], ...query.domain], limit: 1 });
  if (row !== undefined) return row;
  throw new TerminalError('TARGET_NOT_FOUND', `Tryton has no ${model} “${id}”`, { field: 'id', details: { model } });
}

/** Tryton's ids are PostgreSQL integers. */
export function idOf(text: string): number | undefined {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  return id > 0 && id < 2 ** 31 ? id : undefined;
}

export async function create(session: Session, model: string, values: JsonObject): Promise<number> {
  const [id] = readAnswer(Ids, await rpc(session, `${model}.create`, [[values]]), model);
  if (id !== undefined) return id;
  throw new RetryableError('TARGET_ANSWER_INVALID', `${model}.create answered no id`, { field: model });
}

export async function write(session: Session, model: string, id: number, values: JsonObject): Promise<void> {
  await rpc(session, `${model}.write`, [[id], values]);
}

/** Presses a button of the records: `quote`, `confirm`, `post`. */
export async function press(session: Session, model: string, button: string, ids: readonly number[]): Promise<void> {
  await rpc(session, `${model}.${button}`, [[...ids]]);
}

/** `%` and `_` are wild in Tryton's `ilike`. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/**
 * What goes on after a document was made. Any fault would say that nothing was written, or that the same may be sent again:
 * so it becomes one of unknown outcome, and the document is found by its reference and finished.
 */
export async function afterCreate<T>(work: () => Promise<T>, details: JsonObject): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof FlowError)) throw cause;
    const { code, message, field } = cause;
    throw new RetryableError(code, message, { details, cause, ...(field === undefined ? {} : { field }) });
  }
}
