import type { z } from 'zod';
import type { AnyCapability, Capability, Entity } from './capability.ts';
import type { FlowError, Sentence } from './error.ts';
import type { Json, JsonObject } from './json.ts';
import type { Feature } from './package.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';

/** A request as connectors and nodes make it; `path` is relative to the connection's base, or a whole URL on one of its hosts. */
export interface HttpRequest {
  readonly method: HttpMethod;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly (string | number)[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a string. */
  readonly body?: Json;
  /** Milliseconds until the answer must be whole; 30,000 unless told. */
  readonly timeoutMs?: number;
}

/** An answer, whole and within the size cap. Header names are lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when the content type is JSON, else text; null when empty. */
  readonly body: Json;
}

/** Sends a request and resolves with any status; rejects with RetryableError when there is no whole answer. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** One connection at work: its settings and its door to the network, credentials attached on the far side. */
export interface Session<Settings = unknown> {
  readonly connection: string;
  /** The same object for as long as the connection’s settings and credentials are the same, so that what is known of it may hang on it. */
  readonly settings: Settings;
  /** As `Http`, but a status of 400 or more rejects with what the connector's `fault` makes of it. */
  readonly http: Http;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970, of the database's clock. */
  readonly now: number;
  note(message: string, data?: JsonObject): void;
}

/** What the engine tells a write. */
export interface WriteCall {
  /** 24 characters [a-z2-7], the same for ever for this record, target and operation: put it where the target keeps references. */
  readonly reference: string;
}

/** A: the target drops duplicates of the same key. B: can be looked up by our reference. C: neither, so a person decides. */
export type WriteClass = 'A' | 'B' | 'C';

interface ReadOffer<I, O> {
  readonly capability: Capability<I, O>;
  run(session: Session, input: I): Promise<O>;
}

interface WriteOffer<I, O> {
  readonly capability: Capability<I, O>;
  readonly class: WriteClass;
  /** B: milliseconds until a write whose answer was lost is surely visible to `lookup`, or surely never will be. */
  readonly settleMs?: number;
  /** The system cannot take two such writes side by side: those of a connection leave one after the other, from whatever process. */
  readonly alone?: true;
  run(session: Session, input: I, call: WriteCall): Promise<O>;
  /** B: the document that carries the reference, compared with the input; null when there is none. */
  lookup?(session: Session, input: I, call: WriteCall): Promise<O | null>;
  /** One call for many inputs where the vendor has it; answers in the order of the inputs, an Error for each that failed. */
  readonly batch?: {
    readonly max: number;
    run(session: Session, calls: readonly { input: I; call: WriteCall }[]): Promise<readonly (O | Error)[]>;
  };
}

export type Offer<I, O> = ReadOffer<I, O> | WriteOffer<I, O>;
// biome-ignore lint/suspicious/noExplicitAny: a list of offers of different shapes has no narrower common type
export type AnyOffer = Offer<any, any>;

/** Offers a read; a wrong answer shape does not compile. */
export function offerRead<I, O>(
  capability: Capability<I, O>,
  run: (session: Session, input: I) => Promise<O>,
): AnyOffer {
  return { capability, run };
}

/** Offers a write with its class; B must bring its lookup and settle time. */
export function offerWrite<I, O>(capability: Capability<I, O>, write: Omit<WriteOffer<I, O>, 'capability'>): AnyOffer {
  if (write.class === 'B' && !(write.lookup && write.settleMs))
    throw new Error(`${capability.name} is of class B without lookup`);
  return { capability, ...write };
}

// biome-ignore lint/suspicious/noExplicitAny: narrows a list of offers of different shapes
export function isWrite(offer: AnyOffer): offer is WriteOffer<any, any> {
  return 'class' in offer;
}

/** How one kind of record's changes are noticed. */
export interface ChangeSource {
  readonly entity: Entity;
  readonly webhookTopics?: readonly string[];
  readonly poll?: {
    /** The list capability, whose input has `changedSince` (ISO instant) and `cursor`, and whose answer is a Page. */
    readonly capability: AnyCapability;
    /** Milliseconds between polls unless the flow says otherwise. */
    readonly everyMs: number;
    /** Milliseconds each poll looks back over the last one, for clocks and late commits of the source. */
    readonly overlapMs: number;
    /**
     * What a poll brings; `changed` unless told. `changed`: records the source itself says have changed. `known-open`: besides those every record that is
     * not finished, for a source whose time of change does not always move. `all`: every record, for one that cannot be asked.
     */
    readonly brings?: 'changed' | 'known-open' | 'all';
  };
}

/** What one webhook delivery is about. */
export interface WebhookRecord {
  readonly entity: Entity;
  readonly topic: string;
  readonly id: string;
  /** The delivery's own id, only where the vendor's are proven unique. */
  readonly eventId?: string;
  /** Names this state of the record, the same by webhook and by poll, so that what both bring becomes one run. */
  readonly stamp?: string;
}

export type HashAlgorithm = 'sha1' | 'sha256' | 'sha512';

/** Keyed and plain hashes, which the host makes: connectors have no cryptography of their own. */
export interface Hashes {
  hmac(algorithm: HashAlgorithm, key: string, text: string, encoding: 'hex' | 'base64'): string;
  digest(algorithm: HashAlgorithm, text: string, encoding: 'hex' | 'base64'): string;
}

/** A request that is ready to leave, its body as it will be sent; what signs it puts headers on it. */
export interface SignableRequest {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** How the vendor's webhooks are signed and read. */
export interface WebhookContract {
  /** HMAC over the exact raw bytes. */
  readonly signature: {
    /** In lower case. */
    readonly header: string;
    readonly algorithm: HashAlgorithm;
    readonly encoding: 'base64' | 'hex';
    /** Stands before the signature in the header: `sha256=`. */
    readonly prefix?: string;
    /** Name of the secret that holds the key. */
    readonly secret: string;
  };
  /** Reads bodies that are not JSON, which then are kept as JSON; throws TerminalError on what it cannot read. */
  parse?(text: string): Json;
  /** Null for deliveries that carry no record (pings). Throws TerminalError naming the field on a malformed one. */
  read(headers: Readonly<Record<string, string>>, body: Json): WebhookRecord | null;
  /** Makes sure that a webhook for each topic posts to `url`, signed with the secret; answers what was made, found or mended. */
  ensure?(
    session: Session,
    target: { readonly url: string; readonly secret: string; readonly topics: readonly string[] },
  ): Promise<readonly string[]>;
}

/** OAuth2 authorization code with refresh, as the vendor has it; the server keeps and renews the tokens. */
export interface OAuthContract<Settings> {
  authorizeUrl(settings: Settings): string;
  tokenUrl(settings: Settings): string;
  readonly scopes: readonly string[];
  readonly extraAuthorizeParams?: Readonly<Record<string, string>>;
  /** True where the vendor takes PKCE (RFC 7636, S256). */
  readonly pkce?: boolean;
  /** True where a refresh token works once: the new one is committed before the access token is used. */
  readonly singleUseRefresh: boolean;
  /** Names of the secrets that hold the client. */
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a sign-in is made of. */
interface Credentials<Settings, Secrets> {
  readonly settings: Settings;
  readonly secrets: Secrets;
}

/**
 * Sign-in by user and password, or whatever else is traded for a token that soon runs out. The server asks once for all who
 * wait, keeps the token in memory alone, and asks once more when the system no longer takes it.
 */
export interface SignInContract<Settings, Secrets> {
  /** Left out: always. False where the secrets hold a key that `authorize` sends as it is. */
  needed?(given: Credentials<Settings, Secrets>): boolean;
  /** Sent as it is, without `authorize`; never logged. */
  request(given: Credentials<Settings, Secrets>): HttpRequest;
  /**
   * What `authorize` gets as `accessToken`, read from the answer. Throws HoldError SIGN_IN_NEEDED where a system that answers
   * below 300 has refused the credentials, RetryableError TARGET_ANSWER_INVALID where there is no token to be read.
   */
  token(answer: HttpResponse, given: Credentials<Settings, Secrets>): string;
}

/** Whose account a connection is, as the system itself says. */
export interface Account {
  /** Name and organisation number where the system tells them, else the shop’s or the host’s name; the same in every language. */
  readonly label: string;
  /** How many orders can be seen with these credentials, where the system counts them. */
  readonly orders?: number;
}

/** The one declaration of a system: form, sign-in, limits, capabilities. */
export interface Connector<Settings extends z.ZodObject = z.ZodObject, Secrets extends z.ZodObject = z.ZodObject> {
  readonly id: string;
  readonly title: string;
  /** What it is, where its name does not say it. */
  readonly summary?: Sentence;
  readonly kind: 'shop' | 'erp' | 'other';
  readonly feature: Feature;
  /** Not secret: shown and edited in the form. */
  readonly settings: Settings;
  /** Write-only; never in any answer. OAuth tokens are not among them. */
  readonly secrets: Secrets;
  /** The URL every relative path is resolved against. */
  base(settings: z.output<Settings>): string;
  /** The hosts its requests may go to, port included where it is not the scheme's own. */
  hosts(settings: z.output<Settings>): readonly string[];
  /** Adds credentials to a request; run by the host, its result is never logged. `accessToken` is there when `oauth` or `signIn` is. */
  authorize(
    request: { readonly url: URL; readonly headers: Record<string, string> },
    credentials: { readonly secrets: z.output<Secrets>; readonly accessToken?: string },
  ): void;
  /** Signs the finished request, credentials on it; run by the host as `authorize` is. `now`: milliseconds since 1970. */
  sign?(
    request: SignableRequest,
    tools: { readonly secrets: z.output<Secrets>; readonly hashes: Hashes; readonly now: number },
  ): void;
  readonly oauth?: OAuthContract<z.output<Settings>>;
  readonly signIn?: SignInContract<z.output<Settings>, z.output<Secrets>>;
  /** The vendor's limit; kept per connection across all workers. */
  readonly rate?: { readonly requests: number; readonly perMs: number };
  /** Requests that the system takes at once, of each process; more of them wait. Any number unless told. */
  readonly concurrency?: number;
  /** What an answer of 400 or more means. */
  fault(response: HttpResponse, request: HttpRequest): FlowError;
  /**
   * What went wrong according to an answer below 300, for systems that tell failures so (JSON-RPC, GraphQL). HoldError
   * `sign-in` says that the token was refused before any work, so that the request is sent again with a new one.
   */
  faultWithin?(response: HttpResponse, request: HttpRequest): FlowError | undefined;
  /** Proves the credentials and says whose account it is. */
  ping(session: Session): Promise<Account>;
  readonly webhook?: WebhookContract;
  readonly changes: readonly ChangeSource[];
  readonly offers: readonly AnyOffer[];
  /** Capabilities the system can never have, or what nodes ask of one (`orders.set-status:on-hold`), with the reason `check` gives. */
  readonly cannot?: Readonly<Record<string, Sentence>>;
  /**
   * For connectors without a system of their own: what a connection is by its settings, in place of what stands above.
   * Throws TerminalError CONFIG_INVALID naming the setting.
   */
  tailor?(settings: z.output<Settings>): Tailored<Settings, Secrets>;
}

/** What a connection's settings may decide of its connector. */
export type Tailored<Settings extends z.ZodObject = z.ZodObject, Secrets extends z.ZodObject = z.ZodObject> = Partial<
  Omit<
    Connector<Settings, Secrets>,
    'id' | 'title' | 'kind' | 'feature' | 'settings' | 'secrets' | 'base' | 'hosts' | 'tailor'
  >
>;

// biome-ignore lint/suspicious/noExplicitAny: a list of connectors of different shapes has no narrower common type
export type AnyConnector = Connector<any, any>;

/** Declares a connector; one offer a capability. */
export function defineConnector<Settings extends z.ZodObject, Secrets extends z.ZodObject>(
  connector: Connector<Settings, Secrets>,
): Connector<Settings, Secrets> {
  const names = connector.offers.map((offer) => offer.capability.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`connector ${connector.id} offers ${twice} twice`);
  if (connector.oauth && connector.signIn) throw new Error(`connector ${connector.id} signs in in two ways`);
  return connector;
}

/** The connector as one connection has it. */
export function connectorWith(connector: AnyConnector, settings: unknown): AnyConnector {
  return connector.tailor ? { ...connector, ...connector.tailor(settings) } : connector;
}

/** The offer of a capability, or nothing. */
export function offerOf(connector: AnyConnector, capability: string): AnyOffer | undefined {
  return connector.offers.find((offer) => offer.capability.name === capability);
}
