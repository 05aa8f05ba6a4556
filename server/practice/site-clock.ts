/** The time zone both practice systems keep their plain dates in. */
const siteZone = 'Europe/Stockholm';

const zoned = new Intl.DateTimeFormat('sv-SE', { timeZone: siteZone, dateStyle: 'short', timeStyle: 'medium' });
const hourMs = 3_600_000;
let offsetHour = -1;
let offsetMs = 0;

/** Milliseconds the site's clock is ahead of GMT; kept for an hour, since Intl is slow. */
function siteOffset(at: number): number {
  const hour = Math.floor(at / hourMs);
  if (hour !== offsetHour) {
    const local = Date.parse(`${zoned.format(at).replace(' ', 'T')}Z`);
    offsetMs = local - Math.floor(at / 1000) * 1000;
    offsetHour = hour;
  }
  return offsetMs;
}

/** Both forms of a moment as WooCommerce writes them: whole seconds, no zone. */
export function siteDates(at: number): { local: string; gmt: string } {
  return {
    local: new Date(at + siteOffset(at)).toISOString().slice(0, 19),
    gmt: new Date(at).toISOString().slice(0, 19),
  };
}

const dateForm = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

/** A date of a query as `YYYY-MM-DDTHH:MM:SS` in GMT, fit to compare with `_gmt` fields; null when it is no date. */
export function gmtOf(text: string, isGmt: boolean): string | null {
  const form = dateForm.exec(text);
  if (form === null) return null;
  const plain = text.length === 10 ? `${text}T00:00:00` : text.replace(' ', 'T');
  const at = Date.parse(form[1] === undefined ? `${plain}Z` : plain);
  if (Number.isNaN(at)) return null;
  const shift = form[1] === undefined && !isGmt ? siteOffset(at) : 0;
  return new Date(at - shift).toISOString().slice(0, 19);
}
