const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    if (clocks.size < 100) clocks.set(timeZone, clock);
  }
  return clock;
}

export function isTimeZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

const WRITTEN = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/** Milliseconds that a wall clock of the zone is ahead of UTC at an instant. */
function aheadMs(at: number, timeZone: string): number {
  const wall = Date.parse(`${clockOf(timeZone).format(at).replace(' ', 'T')}Z`);
  return wall - Math.floor(at / 1000) * 1000;
}

/** What the zone's wall clock shows, as an instant; of the hour that comes twice in autumn, the first. */
function fromWallClock(wall: number, timeZone: string): number {
  const early = wall - aheadMs(wall - 86_400_000, timeZone);
  return early + aheadMs(early, timeZone) === wall ? early : wall - aheadMs(early, timeZone);
}

/**
 * An instant in ISO 8601 from how systems write time: ISO with or without zone, a day alone (its midnight), seconds or
 * milliseconds since 1970. Undefined when it is none of these.
 */
export function instantIn(value: unknown, timeZone: string): string | undefined {
  const counted = typeof value === 'number' || (typeof value === 'string' && /^\d{9,14}$/.test(value.trim()));
  if (counted) {
    const count = Number(value);
    const date = new Date(count < 1e11 ? count * 1000 : count);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  }
  const [, day, time = '00:00:00', zone] = WRITTEN.exec(String(value).trim()) ?? [];
  if (day === undefined) return undefined;
  const offset =
    zone === undefined
      ? 'Z'
      : zone.toUpperCase().replace(/^([+-]\d\d):?(\d\d)?$/, (_all, hours, minutes = '00') => `${hours}:${minutes}`);
  const at = Date.parse(`${day}T${time}${offset}`);
  if (Number.isNaN(at)) return undefined;
  return new Date(zone === undefined ? fromWallClock(at, timeZone) : at).toISOString();
}
