import { z } from 'zod';
import type { SignableRequest, SignInContract, Tailored } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import { label, options } from '#runtime/node.ts';
import { readAnswer } from '../answer.ts';
import { compileField, invalid, Template } from './template.ts';

export const HeaderName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$/, 'must be a header name');

export const WebAddress = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => {
    const url = URL.parse(text);
    return url !== null && url.username === '' && url.password === '' && url.hash === '';
  }, 'must be an address without user, password and #');

const encoding = z.enum(['hex', 'base64']);
const algorithm = z.enum(['sha1', 'sha256', 'sha512']);

const Hmac = z.strictObject({
  kind: z.literal('hmac').meta(label('Signed requests (HMAC)', 'Signerade anrop (HMAC)')),
  algorithm: algorithm.default('sha256').meta(label('Algorithm', 'Algoritm')),
  encoding: encoding.default('hex').meta(label('Written as', 'Skrivs som')),
  text: Template.default('{{ body }}').meta(
    label('What is signed', 'Vad som signeras', {
      en: 'Made of method, path, query, body, digest (the body’s hash), timestamp, keyId and their like.',
      sv: 'Görs av method, path, query, body, digest (kroppens hash), timestamp, keyId och liknande.',
    }),
  ),
  header: HeaderName.default('X-Signature').meta(label('Header of the signature', 'Huvud med signaturen')),
  value: Template.default('{{ signature }}').meta(
    label('What stands in it', 'Vad som står i det', {
      en: 'Such as HMAC {{ keyId }}:{{ signature }}.',
      sv: 'Till exempel HMAC {{ keyId }}:{{ signature }}.',
    }),
  ),
  timestampHeader: HeaderName.optional().meta(label('Header of the time', 'Huvud med tiden')),
  timestamp: z
    .enum(['seconds', 'milliseconds', 'iso'])
    .default('seconds')
    .meta({
      ...label('How the time is written', 'Hur tiden skrivs'),
      ...options({
        seconds: ['Seconds since 1970', 'Sekunder sedan 1970'],
        milliseconds: ['Milliseconds since 1970', 'Millisekunder sedan 1970'],
        iso: ['As 2026-11-24T06:00:00Z', 'Som 2026-11-24T06:00:00Z'],
      }),
    }),
  keyIdHeader: HeaderName.optional().meta(label('Header of the key’s id', 'Huvud med nyckelns id')),
});

/** How requests are signed in; what each kind needs stands among the secrets. */
export const Auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none').meta(label('None', 'Ingen')) }),
  z.strictObject({
    kind: z.literal('basic').meta(label('User and password (basic)', 'Användare och lösenord (basic)')),
  }),
  z.strictObject({ kind: z.literal('bearer').meta(label('Token (bearer)', 'Token (bearer)')) }),
  z.strictObject({
    kind: z.literal('header').meta(label('A key in a header', 'En nyckel i ett huvud')),
    header: HeaderName.meta(label('Header', 'Huvud')),
    prefix: z.string().max(40).default('').meta(label('Before the key', 'Före nyckeln')),
  }),
  z.strictObject({
    kind: z
      .literal('client-credentials')
      .meta(
        label('Client id and secret (OAuth client credentials)', 'Klient-id och hemlighet (OAuth client credentials)'),
      ),
    tokenUrl: WebAddress.meta(label('Address of the tokens', 'Adress för token')),
    scope: z.string().max(1000).optional().meta(label('Scope', 'Scope')),
    audience: z.string().max(500).optional().meta(label('Audience', 'Audience')),
    client: z
      .enum(['header', 'body'])
      .default('header')
      .meta({
        ...label('Where the client stands', 'Var klienten står'),
        ...options({ header: ['In the header', 'I huvudet'], body: ['In the body', 'I kroppen'] }),
      }),
  }),
  Hmac,
]);
export type Auth = z.infer<typeof Auth>;

const secret = (en: string, sv: string) => z.string().min(1).max(5000).optional().meta(label(en, sv));

export const Secrets = z.strictObject({
  user: secret('User (basic)', 'Användare (basic)'),
  password: secret('Password (basic)', 'Lösenord (basic)'),
  token: secret('Token or key (bearer, header)', 'Token eller nyckel (bearer, header)'),
  clientId: secret('Client id (client credentials)', 'Klient-id (client credentials)'),
  clientSecret: secret('Client secret (client credentials)', 'Klienthemlighet (client credentials)'),
  keyId: secret('Id of the key (HMAC)', 'Nyckelns id (HMAC)'),
  signingKey: secret('Key that signs (HMAC)', 'Nyckel som signerar (HMAC)'),
  webhookSecret: secret('Secret of the webhooks', 'Webhookarnas hemlighet'),
});
export type Secrets = z.infer<typeof Secrets>;

function need(secrets: Secrets, name: keyof Secrets): string {
  const value = secrets[name];
  if (value !== undefined) return value;
  const message = `the connection has no ${name}, which its way of signing in needs`;
  throw new HoldError('SIGN_IN_NEEDED', 'sign-in', message, { details: { field: `secrets.${name}` } });
}

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Credentials go along with every request, so they never travel in the clear except on this machine, or where it is allowed. */
export function mayCarry(url: URL, unencrypted: boolean): boolean {
  return url.protocol === 'https:' || unencrypted || LOCAL.has(url.hostname);
}

/** UTF-8 as `btoa` takes it. */
const basic = (user: string, password: string): string =>
  `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${password}`)))}`;

function signer(form: z.infer<typeof Hmac>): NonNullable<Tailored['sign']> {
  const made = ['method', 'path', 'query', 'url', 'host', 'body', 'digest', 'timestamp', 'keyId'];
  const text = compileField(form.text, { field: 'auth.text', names: made });
  const value = compileField(form.value, { field: 'auth.value', names: [...made, 'signature'] });
  return ({ method, url, headers, body }: SignableRequest, { secrets: given, hashes, now }) => {
    const secrets = given as Secrets;
    const times = {
      seconds: String(Math.floor(now / 1000)),
      milliseconds: String(now),
      iso: new Date(now).toISOString(),
    };
    const timestamp = times[form.timestamp];
    const names = {
      method,
      path: url.pathname,
      query: url.search.slice(1),
      url: url.href,
      host: url.host,
      body,
      digest: hashes.digest(form.algorithm, body, form.encoding),
      timestamp,
      keyId: secrets.keyId ?? '',
    };
    const signature = hashes.hmac(form.algorithm, need(secrets, 'signingKey'), String(text(names)), form.encoding);
    headers[form.header.toLowerCase()] = String(value({ ...names, signature }));
    if (form.timestampHeader !== undefined) headers[form.timestampHeader.toLowerCase()] = timestamp;
    if (form.keyIdHeader !== undefined) headers[form.keyIdHeader.toLowerCase()] = need(secrets, 'keyId');
  };
}

/** RFC 6749 section 5.1. */
const TokenAnswer = z.looseObject({ access_token: z.string().min(1).max(16_384) });

/** RFC 6749 section 4.4: the client's own credentials for a token. */
function clientCredentials(form: Extract<Auth, { kind: 'client-credentials' }>): SignInContract<unknown, unknown> {
  return {
    request: ({ secrets: given }) => {
      const secrets = given as Secrets;
      const [id, key] = [need(secrets, 'clientId'), need(secrets, 'clientSecret')];
      const inBody = form.client === 'body';
      const fields = new URLSearchParams({
        grant_type: 'client_credentials',
        ...(form.scope === undefined ? {} : { scope: form.scope }),
        ...(form.audience === undefined ? {} : { audience: form.audience }),
        ...(inBody ? { client_id: id, client_secret: key } : {}),
      });
      return {
        method: 'POST',
        path: form.tokenUrl,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(inBody ? {} : { authorization: basic(encodeURIComponent(id), encodeURIComponent(key)) }),
        },
        body: fields.toString(),
      };
    },
    token: (answer) => readAnswer(TokenAnswer, answer.body, 'token').access_token,
  };
}

/** The part of the contract that signs in. Throws TerminalError CONFIG_INVALID naming the setting. */
export function signInOf(
  auth: Auth,
  { unencrypted }: { readonly unencrypted: boolean },
): Pick<Tailored, 'authorize' | 'sign' | 'signIn'> {
  if (auth.kind === 'client-credentials' && !mayCarry(new URL(auth.tokenUrl), unencrypted)) {
    throw invalid('auth.tokenUrl', 'must begin with https://');
  }
  return {
    authorize({ url, headers }, { secrets: given, accessToken }) {
      const secrets = given as Secrets;
      if (auth.kind !== 'none' && !mayCarry(url, unencrypted)) {
        throw new TerminalError('HOST_NOT_ALLOWED', 'credentials are sent to https:// only', { field: 'baseUrl' });
      }
      switch (auth.kind) {
        case 'none':
        case 'hmac':
          return;
        case 'basic':
          headers['authorization'] = basic(need(secrets, 'user'), need(secrets, 'password'));
          return;
        case 'bearer':
          headers['authorization'] = `Bearer ${need(secrets, 'token')}`;
          return;
        case 'header':
          headers[auth.header.toLowerCase()] = `${auth.prefix}${need(secrets, 'token')}`;
          return;
        case 'client-credentials':
          headers['authorization'] = `Bearer ${accessToken ?? ''}`;
      }
    },
    ...(auth.kind === 'hmac' ? { sign: signer(auth) } : {}),
    ...(auth.kind === 'client-credentials' ? { signIn: clientCredentials(auth) } : {}),
  };
}

/** The hosts that credentials go to beside the system's own. */
export function hostsOf(auth: Auth): readonly string[] {
  return auth.kind === 'client-credentials' ? [new URL(auth.tokenUrl).host] : [];
}
