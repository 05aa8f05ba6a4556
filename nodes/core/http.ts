import { z } from 'zod';
import type { HttpMethod, HttpRequest, HttpResponse } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { defineNode, label, options } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { answerFault } from './http-fault.ts';
import { AnyValue } from './value.ts';

const HeaderName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$/, 'must be a header name');
/** Headers that the host sets, and those that would put a secret into a saved flow. */
const KEPT_BACK = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'keep-alive',
  'authorization',
  'proxy-authorization',
  'cookie',
]);

const Scalar = z.union([z.string(), z.number(), z.boolean()]);

const Headers = z
  .record(
    HeaderName.refine(
      (name) => !KEPT_BACK.has(name.toLowerCase()),
      'is set by the connection or by Weft, not by a step',
    ),
    Scalar.refine((value) => !/[\r\n\0]/.test(String(value)), 'may not hold line breaks'),
  )
  .default({})
  .meta(
    label('Headers', 'Huvuden', {
      en: 'Sign-in does not belong here: choose a connection.',
      sv: 'Inloggning hör inte hemma här: välj en anslutning.',
    }),
  );

const Query = z
  .record(z.string().min(1).max(200), Scalar)
  .default({})
  .meta(
    label('Query', 'Frågeparametrar', {
      en: 'Names and values that are added to the address after a question mark.',
      sv: 'Namn och värden som läggs till adressen efter ett frågetecken.',
    }),
  );

const Url = z
  .string()
  .trim()
  .min(1)
  .max(4000)
  .refine(
    (url) => /^https?:\/\//i.test(url) || (url.startsWith('/') && !url.startsWith('//')),
    'must start with https://, http:// or, with a connection, /',
  )
  .meta(
    label('Address', 'Adress', {
      en: 'A whole address, or a path such as /orders with a connection.',
      sv: 'En hel adress, eller en sökväg som /orders med en anslutning.',
    }),
  );

const Timeout = z
  .int()
  .min(100)
  .max(50_000)
  .default(30_000)
  .meta(
    label('Longest wait for the answer, milliseconds', 'Längsta väntan på svaret, millisekunder', {
      en: '30000 is half a minute; then the step is tried again or fails.',
      sv: '30000 är en halv minut; sedan försöks steget igen eller misslyckas.',
    }),
  );

/** An answer as a port carries it. Header names are lower case; `body` is JSON where the answer was, else text, null when empty. */
export const HttpAnswer = z
  .strictObject({ status: z.int(), headers: z.record(z.string(), z.string()), body: AnyValue })
  .meta({ id: 'HttpAnswer' });
export type HttpAnswer = z.infer<typeof HttpAnswer>;

type Texts = Record<string, string>;

function texts(values: Readonly<Record<string, string | number | boolean>>): Texts {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function requestOf(
  method: HttpMethod,
  config: {
    url: string;
    headers: Readonly<Record<string, string | number | boolean>>;
    query: Readonly<Record<string, string | number | boolean>>;
    timeoutMs: number;
  },
  body?: Json,
): HttpRequest {
  return {
    method,
    path: config.url,
    ...(Object.keys(config.query).length > 0 ? { query: config.query } : {}),
    headers: texts(config.headers),
    ...(body === undefined ? {} : { body }),
    timeoutMs: config.timeoutMs,
  };
}

function refuseLoosePath(url: string, connection: string): void {
  if (url.startsWith('/') && connection === '') {
    throw new TerminalError('CONFIG_INVALID', 'url must be a whole address when the step has no connection', {
      field: 'url',
    });
  }
}

function answered(response: HttpResponse): HttpAnswer {
  return { status: response.status, headers: response.headers, body: response.body };
}

const created = { status: 201, headers: { 'content-type': 'application/json' }, body: { id: 7 } };
const rates = { status: 200, headers: { 'content-type': 'application/json' }, body: { EUR: 11.42 } };

export const httpSend = defineNode({
  type: 'core.http',
  version: 1,
  title: { en: 'HTTP: send', sv: 'HTTP: skicka' },
  summary: {
    en: 'Sends something to any address by HTTP; what a lost answer means is said in the step.',
    sv: 'Skickar något till valfri adress med HTTP; vad ett förlorat svar betyder anges i steget.',
  },
  group: 'action',
  icon: 'globe',
  feature: 'generic-http',
  effect: 'write',
  connection: 'optional',
  httpWrites: (config) => (config.onUnknown === 'retry' ? 'A' : 'C'),
  httpFault: answerFault,
  config: z
    .strictObject({
      method: z
        .enum(['POST', 'PUT', 'PATCH', 'DELETE'])
        .default('POST')
        .meta(
          label('Method', 'Metod', {
            en: 'What the receiver is to do: POST adds, PUT and PATCH change, DELETE removes.',
            sv: 'Vad mottagaren ska göra: POST lägger till, PUT och PATCH ändrar, DELETE tar bort.',
          }),
        ),
      url: Url,
      query: Query,
      headers: Headers,
      body: AnyValue.optional().meta(
        label('Body', 'Kropp', {
          en: 'Sent as JSON; a text is sent as it is. Empty: the value that came in; DELETE then sends none.',
          sv: 'Skickas som JSON; en text skickas som den är. Tomt: värdet som kom in; DELETE skickar då ingen.',
        }),
      ),
      timeoutMs: Timeout,
      onUnknown: z
        .enum(['retry', 'review'])
        .default('review')
        .meta({
          ...label('When the answer was lost', 'När svaret gick förlorat', {
            en: 'The receiver may have done it all the same.',
            sv: 'Mottagaren kan ha gjort det ändå.',
          }),
          ...options({
            retry: [
              'Send again with the same key, for receivers that drop repeats',
              'Skicka igen med samma nyckel, för mottagare som sorterar bort upprepningar',
            ],
            review: ['A person decides', 'En person avgör'],
          }),
        }),
      idempotencyHeader: HeaderName.default('Idempotency-Key').meta(
        label('Header with the key', 'Huvud med nyckeln', {
          en: 'Carries the same key every time this step sends for this record.',
          sv: 'Bär samma nyckel varje gång steget skickar för den här posten.',
        }),
      ),
    })
    .superRefine(({ headers, idempotencyHeader }, context) => {
      if (Object.keys(headers).some((name) => name.toLowerCase() === idempotencyHeader.toLowerCase())) {
        context.addIssue({
          code: 'custom',
          path: ['headers', idempotencyHeader],
          message: 'is set by idempotencyHeader',
        });
      }
    }),
  inputs: { value: AnyValue },
  outputs: { response: HttpAnswer },
  portTitles: portTitles('value', 'response'),
  examples: [
    {
      title: {
        en: 'The value is sent as JSON, and the answer goes on',
        sv: 'Värdet skickas som JSON, och svaret går vidare',
      },
      config: { method: 'POST', url: 'https://api.example.com/orders' },
      input: { value: { number: '1042' } },
      output: { response: created },
      given: { http: created },
    },
  ],
  run: async ({ config, input, http, idempotencyKey, connection, now }) => {
    refuseLoosePath(config.url, connection);
    const body = config.body ?? (config.method === 'DELETE' ? undefined : input.value);
    const request = requestOf(config.method, config, body);
    const response = await http({
      ...request,
      headers: { ...request.headers, [config.idempotencyHeader]: idempotencyKey },
    });
    const fault = answerFault(response, now);
    if (fault) throw fault;
    return { response: answered(response) };
  },
});

export const httpFetch = defineNode({
  type: 'core.http-fetch',
  version: 1,
  title: { en: 'HTTP: fetch', sv: 'HTTP: hämta' },
  summary: {
    en: 'Reads from any address by HTTP; nothing is changed there, so it is simply tried again when it fails.',
    sv: 'Läser från valfri adress med HTTP; inget ändras där, så det försöks helt enkelt igen när det går fel.',
  },
  group: 'action',
  icon: 'globe-lock',
  feature: 'generic-http',
  effect: 'read',
  connection: 'optional',
  config: z.strictObject({
    url: Url,
    query: Query,
    headers: Headers,
    timeoutMs: Timeout,
    missing: z
      .enum(['fail', 'empty'])
      .default('fail')
      .meta({
        ...label('When there is nothing there (404)', 'När det inte finns något där (404)', {
          en: 'Whether that is an error, or something the flow goes on from.',
          sv: 'Om det är ett fel, eller något som flödet går vidare från.',
        }),
        ...options({
          fail: ['The step fails', 'Steget misslyckas'],
          empty: ['It goes out through “Missing”', 'Det går ut genom ”Saknas”'],
        }),
      }),
  }),
  inputs: { value: AnyValue },
  outputs: { response: HttpAnswer, missing: AnyValue },
  portTitles: portTitles('value', 'response', 'missing'),
  examples: [
    {
      title: { en: 'What stands at the address', sv: 'Det som finns på adressen' },
      config: { url: 'https://api.example.com/rates' },
      input: { value: {} },
      output: { response: rates },
      given: { http: rates },
    },
    {
      title: { en: 'Nothing stands there: the value goes on', sv: 'Det finns inget där: värdet går vidare' },
      config: { url: 'https://api.example.com/rates/NOK', missing: 'empty' },
      input: { value: { currency: 'NOK' } },
      output: { missing: { currency: 'NOK' } },
      given: { http: { status: 404, headers: {}, body: null } },
    },
  ],
  run: async ({ config, input, http, connection, now }) => {
    refuseLoosePath(config.url, connection);
    const response = await http(requestOf('GET', config)).catch((error: unknown) => {
      // through a connection, a 404 arrives as the connector's own error
      if (config.missing === 'empty' && error instanceof TerminalError && error.code === 'TARGET_NOT_FOUND')
        return null;
      throw error;
    });
    if (response === null || (response.status === 404 && config.missing === 'empty')) return { missing: input.value };
    const fault = answerFault(response, now);
    if (fault) throw fault;
    return { response: answered(response) };
  },
});
