import type { Language } from '../state/preferences.ts';

const LOCALE: Readonly<Record<Language, string>> = { sv: 'sv-SE', en: 'en-GB' };
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Numbers, times and durations in the reader's language and the tenant's time zone. */
export interface Format {
  number(value: number): string;
  /** 0.993 as `99,3`, without the sign. */
  percent(value: number): string;
  /** `1,9 s`; milliseconds below a second. */
  duration(ms: number): string;
  /** `14:02:11` */
  clock(at: number): string;
  /** `14:02` today, `22 nov 14:02` this year, else with the year. */
  moment(at: number, now: number): string;
  /** Always with day and year, for titles. */
  full(at: number): string;
  /** Hour of the day, 0 to 23, in the tenant's time zone. */
  hour(at: number): number;
}

/** Swedish groups thousands by a thin space that does not break. */
const thin = (text: string) => text.replace(/[\u00a0\u2009 ]/g, '\u202f');

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** `timeZone`: an IANA name; undefined: the browser's own. */
export function newFormat(language: Language, timeZone: string | undefined): Format {
  const locale = LOCALE[language];
  // each takes the browser long to make, and many pages show no numbers or no times
  const integer = once(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }));
  const decimal = once(() => new Intl.NumberFormat(locale, { minimumFractionDigits: 0, maximumFractionDigits: 1 }));
  const day = once(
    () =>
      new Intl.DateTimeFormat(locale, {
        timeZone,
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
      }),
  );
  const dayParts = (at: number): Record<string, string> =>
    Object.fromEntries(
      day()
        .formatToParts(at)
        .map((part) => [part.type, part.value.replace('.', '')]),
    );
  const number = (value: number) => thin(integer().format(value));
  const time = ({ hour, minute }: Record<string, string>) => `${hour}:${minute}`;
  return {
    number,
    percent: (value) => thin(decimal().format(Math.floor(value * 1000) / 10)),
    duration: (ms) => {
      if (ms < SECOND) return `${number(Math.round(ms))} ms`;
      if (ms < MINUTE) return `${thin(decimal().format(ms / SECOND))} s`;
      if (ms < HOUR) return `${number(Math.floor(ms / MINUTE))} min ${number(Math.floor((ms % MINUTE) / SECOND))} s`;
      return `${number(Math.floor(ms / HOUR))} h ${number(Math.floor((ms % HOUR) / MINUTE))} min`;
    },
    clock: (at) => {
      const now = dayParts(at);
      return `${time(now)}:${now['second']}`;
    },
    moment: (at, now) => {
      const then = dayParts(at);
      const today = dayParts(now);
      if (then['year'] !== today['year']) return `${then['day']} ${then['month']} ${then['year']}`;
      if (then['day'] === today['day'] && then['month'] === today['month']) return time(then);
      return `${then['day']} ${then['month']} ${time(then)}`;
    },
    full: (at) => {
      const then = dayParts(at);
      return `${then['day']} ${then['month']} ${then['year']} ${time(then)}:${then['second']}`;
    },
    hour: (at) => Number(dayParts(at)['hour']),
  };
}
