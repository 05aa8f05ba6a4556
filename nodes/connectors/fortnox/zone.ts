/** Fortnox keeps Swedish time and writes it without a zone: `lastmodified` is `YYYY-MM-DD HH:MM`. */
const zoned = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Stockholm',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const HOUR_MS = 3_600_000;

function localMinute(at: number): string {
  return zoned.format(at).replace(',', '').slice(0, 16);
}

/** The Swedish calendar day of an instant, `2026-11-23`. */
export function swedishDay(instant: string): string {
  return localMinute(Date.parse(instant)).slice(0, 10);
}

/**
 * An instant as a `lastmodified` filter that misses nothing: whole minutes, rounded down. When the clock goes back within the
 * next hour, what is changed after that has earlier wall time than now, so the filter starts an hour earlier.
 */
export function modifiedFilter(instant: string): string {
  const at = Date.parse(instant);
  const local = localMinute(at);
  return localMinute(at + HOUR_MS) === local ? localMinute(at - HOUR_MS) : local;
}

/** The instant of Swedish midnight on a day: when an order that tells only its day was placed, at the earliest. */
export function startOfSwedishDay(day: string): string {
  const utc = Date.parse(`${day}T00:00:00Z`);
  for (const ahead of [2, 1]) {
    const at = utc - ahead * HOUR_MS;
    if (localMinute(at) === `${day} 00:00`) return new Date(at).toISOString();
  }
  return new Date(utc).toISOString();
}
