import swedishLocale from 'zod/v4/locales/sv.js';
import type { Language } from '../state/preferences.ts';

/** What the schema of a plugin says of its own rules, in Swedish; what zod itself says it knows in Swedish. */
const SWEDISH: Readonly<Record<string, string>> = {
  'must be lower case letters and digits with hyphens between':
    'måste vara små bokstäver och siffror med bindestreck emellan',
  'must be like 1.2.3': 'måste se ut som 1.2.3',
  'must be a host name such as api.example.com': 'måste vara ett servernamn, till exempel api.example.com',
  'must start with a letter and hold only letters, digits, _ and -':
    'måste börja med en bokstav och får bara innehålla bokstäver, siffror, _ och -',
  'is a reserved name': 'är ett upptaget namn',
  'must be dotted lower case': 'måste vara små bokstäver med punkt emellan',
  'must be the name of a lucide icon': 'måste vara namnet på en Lucide-ikon',
  'must be letters and digits': 'måste vara bokstäver och siffror',
  'is there twice': 'finns två gånger',
  'needs two examples at least: they are its tests': 'behöver minst två exempel: de är dess test',
  'has two ports of one name': 'har två portar med samma namn',
  'is none of the plugin’s nodes': 'är inget av tilläggets steg',
  'says either output or fails': 'ska ha antingen output eller fails',
};

const { localeError } = swedishLocale();

/** How a plugin's schema is asked in the reader's language. */
export const inLanguage = (language: Language) => (language === 'sv' ? { error: localeError } : {});

/** A message of the schema in the reader's language. */
export function problemText(message: string, language: Language): string {
  if (language === 'en') return message;
  const begins = /^must start with “(.+)”$/.exec(message)?.[1];
  return begins === undefined ? (SWEDISH[message] ?? message) : `måste börja med ”${begins}”`;
}
