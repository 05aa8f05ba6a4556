import { z } from 'zod';
import { Json, type JsonObject } from './json.ts';

/** One sentence in each of the product's languages. */
export const Sentence = z.strictObject({ en: z.string(), sv: z.string() });
export type Sentence = z.infer<typeof Sentence>;

interface ErrorEntry {
  /** What happened. */
  readonly what: Sentence;
  /** What the reader does next. */
  readonly next: Sentence;
}

const entry = (en: string, sv: string, nextEn: string, nextSv: string): ErrorEntry => ({
  what: { en, sv },
  next: { en: nextEn, sv: nextSv },
});

/** Every code a run, a check or a request can end with. The README's table and the screens are made from it. */
export const errorTable = {
  // a person mends the flow
  FLOW_INVALID: entry(
    'The flow cannot be read.',
    'Flödet går inte att läsa.',
    'Mend the field named below and save again.',
    'Rätta fältet som nämns nedan och spara igen.',
  ),
  CONFIG_INVALID: entry(
    'A setting of the step has a value it cannot have.',
    'En inställning i steget har ett värde den inte kan ha.',
    'Open the step and correct the named field.',
    'Öppna steget och rätta det nämnda fältet.',
  ),
  INPUT_INVALID: entry(
    'What reached the step does not have the shape it needs.',
    'Det som kom till steget har inte den form det behöver.',
    'Look at the named field in the record and in the mapping before this step.',
    'Titta på det nämnda fältet i posten och i mappningen före steget.',
  ),
  OUTPUT_INVALID: entry(
    'The step answered with a shape it does not declare.',
    'Steget svarade med en form som det inte har angett.',
    'Report this: the node or connector needs correcting.',
    'Rapportera detta: noden eller kopplingen behöver rättas.',
  ),
  BINDING_MISSING: entry(
    'A field the step reads is not there.',
    'Ett fält som steget läser saknas.',
    'Give the field a value in the source system, or a default in the step.',
    'Ge fältet ett värde i källsystemet, eller ett standardvärde i steget.',
  ),
  NODE_UNKNOWN: entry(
    'The flow uses a node that does not exist here.',
    'Flödet använder en nod som inte finns här.',
    'Replace the node, or install the plugin it comes from.',
    'Byt ut noden, eller installera tillägget den kommer från.',
  ),
  PACKAGE_NEEDED: entry(
    'The step needs a larger package than the one in use.',
    'Steget kräver ett större paket än det som används.',
    'Ask your account manager for the package named below.',
    'Be din kundansvarige om paketet som nämns nedan.',
  ),
  STOPPED: entry(
    'The run was stopped by a stop step.',
    'Körningen stoppades av ett stoppsteg.',
    'Nothing: the flow says so.',
    'Inget: flödet säger det.',
  ),
  TEST_ONLY: entry(
    'The flow is on for test records only, and this is none of them. It is kept, and nothing was carried.',
    'Flödet är bara på för testposter, och detta är ingen av dem. Den är sparad, och inget har förts över.',
    'Replay it to carry it, or turn the flow on for everything and choose to carry what has come meanwhile.',
    'Kör om den för att föra över den, eller slå på flödet för allt och välj att föra över det som har kommit under tiden.',
  ),
  // data
  MATCH_AMBIGUOUS: entry(
    'More than one record matches, and choosing one could be wrong.',
    'Mer än en post matchar, och att välja en kan bli fel.',
    'Merge or correct the records named below, then replay.',
    'Slå ihop eller rätta posterna som nämns nedan och kör om.',
  ),
  ARTICLE_MISSING: entry(
    'An article on the order does not exist in the ERP.',
    'En artikel på ordern finns inte i affärssystemet.',
    'Create the article named below or correct the SKU, then replay.',
    'Skapa artikeln som nämns nedan eller rätta artikelnumret och kör om.',
  ),
  VALUE_TOO_LONG: entry(
    'A value is longer than the target field allows.',
    'Ett värde är längre än målfältet tillåter.',
    'Shorten the value, or choose how the mapping should cut it.',
    'Korta värdet, eller välj hur mappningen ska kapa det.',
  ),
  MONEY_MISMATCH: entry(
    'The amounts do not add up between the two systems.',
    'Beloppen stämmer inte mellan de två systemen.',
    'Compare the totals named below before anything is sent again.',
    'Jämför summorna som nämns nedan innan något skickas igen.',
  ),
  UNSUPPORTED: entry(
    'The chosen system cannot hold or do this.',
    'Det valda systemet kan inte lagra eller göra detta.',
    'Choose another way in the step; the sentence below says what is missing.',
    'Välj ett annat sätt i steget; meningen nedan säger vad som saknas.',
  ),
  // the other system
  TARGET_REFUSED: entry(
    'The other system refused the request.',
    'Det andra systemet nekade begäran.',
    'Read its own words below, correct the record or the mapping, then replay.',
    'Läs dess egna ord nedan, rätta posten eller mappningen och kör om.',
  ),
  TARGET_NOT_FOUND: entry(
    'The record does not exist in the other system.',
    'Posten finns inte i det andra systemet.',
    'Check the number below in that system, then replay.',
    'Kontrollera numret nedan i det systemet och kör om.',
  ),
  TARGET_BUSY: entry(
    'The other system asked us to wait.',
    'Det andra systemet bad oss vänta.',
    'Nothing: the run goes on by itself.',
    'Inget: körningen fortsätter av sig själv.',
  ),
  TARGET_DOWN: entry(
    'The other system does not answer.',
    'Det andra systemet svarar inte.',
    'Nothing yet: it is tried again. If it lasts, ask the system’s owner.',
    'Inget ännu: det försöks igen. Om det varar, fråga systemets ägare.',
  ),
  TARGET_ANSWER_INVALID: entry(
    'The other system answered with something we cannot read.',
    'Det andra systemet svarade med något vi inte kan läsa.',
    'If it lasts, report the field named below.',
    'Om det varar, rapportera fältet som nämns nedan.',
  ),
  TARGET_DIFFERS: entry(
    'The document exists in the other system but differs from the record.',
    'Dokumentet finns i det andra systemet men skiljer sig från posten.',
    'Compare the two and decide which one is right.',
    'Jämför de två och avgör vilken som är rätt.',
  ),
  OUTCOME_UNKNOWN: entry(
    'It is not known whether the other system did what it was asked.',
    'Det är okänt om det andra systemet gjorde det vi bad om.',
    'Look in that system for the reference below, then say “done” or “send again”.',
    'Sök i det systemet efter referensen nedan och svara ”klart” eller ”skicka igen”.',
  ),
  SIGN_IN_NEEDED: entry(
    'The connection must be signed in again.',
    'Anslutningen måste loggas in igen.',
    'Open the connection and sign in; waiting runs go on by themselves.',
    'Öppna anslutningen och logga in; väntande körningar fortsätter av sig själva.',
  ),
  CONNECTION_MISSING: entry(
    'The step has no connection, or the connection is gone.',
    'Steget saknar anslutning, eller så är anslutningen borttagen.',
    'Choose a connection in the step.',
    'Välj en anslutning i steget.',
  ),
  HOST_NOT_ALLOWED: entry(
    'The address is not one this connection may reach.',
    'Adressen är inte en som anslutningen får nå.',
    'Use the connection’s own host, or ask an administrator to allow it.',
    'Använd anslutningens egen värd, eller be en administratör tillåta den.',
  ),
  // code of a customer's own
  CODE_FAILED: entry(
    'The step’s own code failed.',
    'Stegets egen kod gick fel.',
    'Mend the code at the line named below, or ask whoever wrote the plugin.',
    'Rätta koden på raden som nämns nedan, eller fråga den som skrev tillägget.',
  ),
  CODE_STOPPED: entry(
    'The step’s own code was stopped: it took too long or too much memory.',
    'Stegets egen kod stoppades: den tog för lång tid eller för mycket minne.',
    'Look for a loop without end or a list that grows too long, then replay.',
    'Leta efter en slinga utan slut eller en lista som växer för mycket, och kör om.',
  ),
  CODE_OFF: entry(
    'The step’s own code is switched off: it had to be stopped three times in ten minutes.',
    'Stegets egen kod är avstängd: den fick stoppas tre gånger på tio minuter.',
    'Install a mended version, or switch this one on again, then replay.',
    'Installera en rättad version, eller slå på den här igen, och kör om.',
  ),
  SANDBOX_DOWN: entry(
    'Code cannot be run here right now.',
    'Kod kan inte köras här just nu.',
    'Nothing yet: it is tried again. If it lasts, look in the server’s log for “sandbox”.',
    'Inget ännu: det försöks igen. Om det varar, sök efter ”sandbox” i serverns logg.',
  ),
  // the house
  QUOTA_REACHED: entry(
    'The month’s orders are used up, so the order waits.',
    'Månadens ordrar är slut, så ordern väntar.',
    'Upgrade the package or wait for the next month; nothing is lost.',
    'Uppgradera paketet eller vänta till nästa månad; inget går förlorat.',
  ),
  STEP_LIMIT: entry(
    'The run took more steps than a run may.',
    'Körningen tog fler steg än en körning får.',
    'Look for a loop over too long a list.',
    'Leta efter en slinga över en för lång lista.',
  ),
  TOO_LARGE: entry(
    'A value is larger than a step may carry.',
    'Ett värde är större än ett steg får bära.',
    'Take fewer records at a time, or drop the fields not needed.',
    'Ta färre poster åt gången, eller släpp fält som inte behövs.',
  ),
  TIMEOUT: entry(
    'The step took longer than it may.',
    'Steget tog längre tid än det får.',
    'Nothing yet: it is tried again.',
    'Inget ännu: det försöks igen.',
  ),
  POISON: entry(
    'The run stopped the worker three times and was set aside.',
    'Körningen stoppade arbetaren tre gånger och lades åt sidan.',
    'Report this with the run’s number; other runs are not touched.',
    'Rapportera detta med körningens nummer; andra körningar påverkas inte.',
  ),
  CANCELLED: entry(
    'The run was cancelled.',
    'Körningen avbröts.',
    'Replay it if it was a mistake.',
    'Kör om den om det var ett misstag.',
  ),
  INTERNAL: entry(
    'Something in Weft failed.',
    'Något i Weft gick fel.',
    'It is tried again. If it lasts, report the run’s number.',
    'Det försöks igen. Om det varar, rapportera körningens nummer.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;
export const ErrorCode = z.enum(Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]]);

/** Why a step or run failed, as it stands in the log: no secrets, no stack. */
export const Failure = z.strictObject({
  code: ErrorCode,
  message: z.string().max(4000),
  /** Path of the field at fault, such as `order.lines[1].sku`. */
  field: z.string().optional(),
  /** Facts for the technical fold: vendor status, vendor code, ids. */
  details: z.record(z.string(), Json).optional(),
});
export type Failure = z.infer<typeof Failure>;

interface FailureOptions {
  readonly field?: string;
  readonly details?: JsonObject;
  readonly cause?: unknown;
}

/** The base of every error the engine understands; anything else thrown is taken for `INTERNAL` and retried. */
export class FlowError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly details: JsonObject | undefined;

  constructor(code: ErrorCode, message: string, options: FailureOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.field = options.field;
    this.details = options.details;
  }
}

/** Trying again cannot help: the record, the flow or a right must change. From a write it also says that nothing was written. */
export class TerminalError extends FlowError {}

/**
 * Trying again may help, not before `afterMs` (milliseconds).
 * `beforeWork` is true only where the vendor documents that such an answer means nothing was done (429, 503 from a gateway);
 * without it a write's outcome counts as unknown.
 */
export class RetryableError extends FlowError {
  readonly afterMs: number | undefined;
  readonly beforeWork: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: FailureOptions & { afterMs?: number; beforeWork?: boolean } = {},
  ) {
    super(code, message, options);
    this.afterMs = options.afterMs;
    this.beforeWork = options.beforeWork ?? false;
  }
}

/** Only a person can let the run go on (sign in, decide, upgrade); the run is kept, visibly, until then. */
export class HoldError extends FlowError {
  readonly hold: 'sign-in' | 'quota' | 'review';

  constructor(code: ErrorCode, hold: 'sign-in' | 'quota' | 'review', message: string, options: FailureOptions = {}) {
    super(code, message, options);
    this.hold = hold;
  }
}

/** Nothing is wrong; the step goes on at `until` (milliseconds since 1970). */
export class NotYet extends Error {
  readonly until: number;

  constructor(until: number, reason: string) {
    super(reason);
    this.name = 'NotYet';
    this.until = until;
  }
}

/** The claim went to another worker: stop at once, write nothing. */
export class ClaimLost extends Error {
  constructor(run: string) {
    super(`the claim on run ${run} is no longer ours`);
    this.name = 'ClaimLost';
  }
}

/** The plain-data half of an error, for the log. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FlowError) {
    return {
      code: error.code,
      message: error.message.slice(0, 4000),
      ...(error.field === undefined ? {} : { field: error.field }),
      ...(error.details === undefined ? {} : { details: error.details as Record<string, z.core.util.JSONType> }),
    };
  }
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    return {
      code: 'INPUT_INVALID',
      message: issue ? issue.message : 'the value has the wrong shape',
      ...(issue ? { field: fieldPath(issue.path) } : {}),
    };
  }
  return {
    code: 'INTERNAL',
    message: error instanceof Error ? error.message.slice(0, 4000) : 'an error that is not an Error was thrown',
  };
}

/** `['lines', 0, 'sku']` as a person writes it: `lines[0].sku`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`;
  return text;
}
