import { GUILTY_MS, type GuestResult, RESULT_CHARACTERS } from './sandbox-protocol.ts';
import { SourceError } from './sandbox-source.ts';

/** Said by the clock of a call that waits for nobody. */
export const NEVER = 'the code waits for nothing';

const PLACE = /plugin\.js:(\d+):(\d+)/;
const BROKEN = 'the code broke its own entrance';

function placeIn(text: string): Pick<GuestResult, 'line' | 'column'> {
  const found = PLACE.exec(text.slice(0, 8000));
  return found ? { line: Number(found[1]), column: Number(found[2]) } : {};
}

function valueResult(job: number, text: string, logs: readonly string[]): GuestResult {
  return text.length > RESULT_CHARACTERS
    ? { job, end: 'too-large', text: '', logs }
    : { job, end: 'value', text, logs };
}

/** What the entrance of a context answered; whatever the code made of it, only this shape leaves. */
export function resultOf(job: number, text: unknown): GuestResult {
  if (typeof text !== 'string') return { job, end: 'failed', text: BROKEN, logs: [] };
  if (text.length > 2 * RESULT_CHARACTERS) return { job, end: 'too-large', text: '', logs: [] };
  if (text.startsWith('=')) return valueResult(job, text.slice(1), []);
  const told: unknown = JSON.parse(text);
  if (!Array.isArray(told)) return { job, end: 'failed', text: BROKEN, logs: [] };
  const [end, value, lines, stack] = told as unknown[];
  const logs = Array.isArray(lines) ? lines.slice(0, 200).map((line) => String(line).slice(0, 2000)) : [];
  const said = typeof value === 'string' ? value : '';
  if (end === 'failed') return { job, end, text: said.slice(0, 1100), logs, ...placeIn(String(stack)) };
  return end === 'value' ? valueResult(job, said, logs) : { job, end: 'nothing', text: '', logs };
}

const numbered = (line?: number, column?: number): Pick<GuestResult, 'line' | 'column'> => ({
  ...(line === undefined ? {} : { line }),
  ...(column === undefined ? {} : { column }),
});

/** What was thrown outside the entrance: a limit, or code that could not even be begun. */
export function faultOf(
  job: number,
  error: unknown,
  { isDisposed, computedMs }: { readonly isDisposed: boolean; readonly computedMs: () => number },
): GuestResult {
  if (error instanceof SourceError)
    return { job, end: 'failed', text: error.message, logs: [], ...numbered(error.line, error.column) };
  const message = error instanceof Error && typeof error.message === 'string' ? error.message : 'unreadable';
  if (/timed out/i.test(message)) {
    const ms = computedMs();
    return { job, end: 'stopped', text: ms > GUILTY_MS ? 'time' : 'busy', logs: [], computedMs: ms };
  }
  if (message === NEVER) return { job, end: 'stopped', text: 'never', logs: [] };
  if (isDisposed || /memory limit|disposed/i.test(message)) return { job, end: 'stopped', text: 'memory', logs: [] };
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  const inMessage = placeIn(message);
  return {
    job,
    end: 'failed',
    text: message.replace(/ \[.*plugin\.js:\d+:\d+\]$/, '').slice(0, 1000),
    logs: [],
    ...(inMessage.line === undefined ? placeIn(stack) : inMessage),
  };
}
