import type { z } from 'zod';
import type { Sentence } from './error.ts';

const say = (en: string, sv: string): Sentence => ({ en, sv });

/** What a value is to be, in words that people use. */
const KINDS: Readonly<Record<string, Sentence>> = {
  string: say('text', 'text'),
  number: say('a number', 'ett tal'),
  int: say('a whole number', 'ett heltal'),
  bigint: say('a whole number', 'ett heltal'),
  boolean: say('yes or no', 'ja eller nej'),
  array: say('a list', 'en lista'),
  object: say('an object with fields', 'ett objekt med fält'),
  record: say('an object with fields', 'ett objekt med fält'),
  null: say('empty', 'tomt'),
  date: say('a date', 'ett datum'),
};

const FORMATS: Readonly<Record<string, Sentence>> = {
  email: say('must be an e-mail address', 'ska vara en e-postadress'),
  url: say('must be an address such as https://example.com', 'ska vara en adress som https://exempel.se'),
  uuid: say('must be an id of the form 123e4567-e89b-…', 'ska vara ett id av formen 123e4567-e89b-…'),
  date: say('must be a date such as 2026-11-26', 'ska vara ett datum som 2026-11-26'),
  datetime: say(
    'must be a point in time such as 2026-11-26T14:02:00Z',
    'ska vara en tidpunkt som 2026-11-26T14:02:00Z',
  ),
  time: say('must be a time such as 14:02', 'ska vara ett klockslag som 14:02'),
  json_string: say('must be JSON', 'ska vara JSON'),
};

const listed = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

type Bound = { readonly origin: string; readonly inclusive?: boolean | undefined };

/** “at least 3 characters”, “more than 0”. */
function least({ origin, minimum, inclusive = true }: Bound & { readonly minimum: number | bigint }): Sentence {
  const n = String(minimum);
  if (origin === 'string')
    return n === '1'
      ? say('must not be empty', 'får inte vara tomt')
      : say(`must be at least ${n} characters`, `ska vara minst ${n} tecken`);
  if (origin === 'array' || origin === 'set') return say(`must hold at least ${n}`, `ska ha minst ${n}`);
  return inclusive
    ? say(`must be at least ${n}`, `ska vara minst ${n}`)
    : say(`must be more than ${n}`, `ska vara mer än ${n}`);
}

function most({ origin, maximum, inclusive = true }: Bound & { readonly maximum: number | bigint }): Sentence {
  const n = String(maximum);
  if (origin === 'string') return say(`must be at most ${n} characters`, `får vara högst ${n} tecken`);
  if (origin === 'array' || origin === 'set') return say(`must hold at most ${n}`, `får ha högst ${n}`);
  return inclusive
    ? say(`must be at most ${n}`, `får vara högst ${n}`)
    : say(`must be less than ${n}`, `ska vara mindre än ${n}`);
}

/** A schema's own sentence is the house's; one that zod made up is not for people. */
const own = (issue: z.core.$ZodIssue): Sentence => say(issue.message, issue.message);

/** What is wrong with a value, in a sentence that goes on from the field's name. */
export function issueWords(issue: z.core.$ZodIssue): Sentence {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.message.endsWith('received undefined')) return say('is missing', 'saknas');
      const kind = KINDS[issue.expected];
      return kind ? say(`must be ${kind.en}`, `ska vara ${kind.sv}`) : own(issue);
    }
    case 'invalid_value':
      return say(`must be one of ${listed(issue.values)}`, `ska vara något av ${listed(issue.values)}`);
    case 'too_small':
      return least(issue);
    case 'too_big':
      return most(issue);
    case 'not_multiple_of':
      return say(`must be a multiple of ${issue.divisor}`, `ska vara en multipel av ${issue.divisor}`);
    case 'unrecognized_keys':
      return say(`has no field ${listed(issue.keys)}`, `har inget fält ${listed(issue.keys)}`);
    case 'invalid_format':
      return issue.message.startsWith('Invalid')
        ? (FORMATS[issue.format] ?? say('has the wrong form', 'har fel form'))
        : own(issue);
    case 'invalid_union':
      return say('is none of the forms that are allowed here', 'är ingen av de former som går här');
    case 'invalid_key':
      return say('has a name that is not allowed', 'har ett namn som inte går');
    default:
      return own(issue);
  }
}

/** What is first wrong, in English: for logs, and where the field is named beside it. */
export function firstIssue({ issues: [issue] }: z.core.$ZodError): string {
  return issue ? issueWords(issue).en : 'has the wrong shape';
}
