import { z } from 'zod';
import type { HttpResponse } from '#runtime/connector.ts';
import type { FlowError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { filled, retryAfterMs } from '../answer.ts';
import { type ErrorForm, faultOf } from '../configured/fault.ts';
import { compileBody, invalid, unreadable } from '../configured/template.ts';
import type { Wire } from '../configured/wire.ts';
import type { GraphqlRequest, GraphqlSettings } from './settings.ts';

/** GraphQL specification, section 7.1: `data`, `errors`, or both. */
const Errors = z.looseObject({
  errors: z
    .array(
      z.looseObject({
        message: z.string().catch('an error without a message'),
        extensions: z.looseObject({ code: z.unknown() }).optional().catch(undefined),
      }),
    )
    .min(1),
});

const Data = z.looseObject({ data: z.looseObject({}) });

/**
 * Codes as Apollo Server, Yoga and Mercurius send them (www.apollographql.com/docs/apollo-server/data/errors): those of parsing,
 * validation and input come before anything is done. Whatever else stands among `errors` leaves open what was done.
 */
const MEANINGS: Readonly<Record<string, Parameters<typeof faultOf>[2]>> = {
  UNAUTHENTICATED: 'sign-in',
  FORBIDDEN: 'refused',
  GRAPHQL_PARSE_FAILED: 'refused',
  GRAPHQL_VALIDATION_FAILED: 'refused',
  BAD_USER_INPUT: 'refused',
  OPERATION_RESOLUTION_FAILURE: 'refused',
  NOT_FOUND: 'missing',
  THROTTLED: 'busy',
  RATE_LIMITED: 'busy',
  TOO_MANY_REQUESTS: 'busy',
};

/** What `errors` in an answer of 200 mean. */
export function errorWithin(form: ErrorForm): (response: HttpResponse) => FlowError | undefined {
  return ({ status, headers, body }) => {
    const read = Errors.safeParse(body);
    if (!read.success) return undefined;
    const [first] = read.data.errors;
    const code = filled(first?.extensions?.code);
    const told = { status, message: first?.message, code, afterMs: retryAfterMs(headers) };
    return faultOf(told, form, (code === undefined ? undefined : MEANINGS[code]) ?? 'unknown');
  };
}

/** An operation's document must be closed, so that a slip is told where it was made. */
function checkDocument(query: string, field: string): void {
  if (!/^\s*(#[^\n]*\n\s*)*(query|mutation|\{)/.test(query))
    throw invalid(field, 'must begin with query, mutation or {');
  const opened = query.split('{').length;
  if (opened !== query.split('}').length || opened === 1) throw invalid(field, 'has braces that do not match');
}

/** Queries and mutations, all by POST to one address; `body` of an answer is its `data`. */
export function graphqlWire(settings: GraphqlSettings, path: string): Wire<GraphqlRequest> {
  return {
    emptyListsAreAbsent: false,
    compile(request, place) {
      const { query } = request;
      checkDocument(query, `${place.field}.query`);
      const variables = compileBody(request.variables ?? {}, { ...place, field: `${place.field}.variables` });
      return async (session, names) => {
        const { body, headers } = await session.http({
          method: 'POST',
          path,
          headers: { accept: 'application/graphql-response+json, application/json', ...settings.headers },
          body: { query, variables: variables(names) ?? {} },
        });
        const read = Data.safeParse(body);
        if (!read.success) throw unreadable(place.field, 'was answered without data');
        return { body: read.data.data as Json, headers };
      };
    },
  };
}
