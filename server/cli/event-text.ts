import type { Failure } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { UnsentWrite } from './dry-run.ts';

const LONGEST = 2000;

function cut(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

const failed = ({ code, message, field }: Failure): string =>
  `${code} ${field !== undefined && !message.includes(field) ? `${field}: ` : ''}${message}`;

function outputText(event: Extract<RunEvent, { type: 'step.succeeded' }>): string {
  const ports = Object.entries(event.output).map(([port, value]) => `${port} ${cut(value)}`);
  const same = Object.entries(event.same ?? {}).map(([port, origin]) => `${port} = ${origin.replace('#', '.')}`);
  return [...ports, ...same].join(', ') || 'nothing goes on';
}

const clockTime = (at: number): string => new Date(at).toISOString().slice(11, 23);

/** One event as a line for people. */
export function eventText(event: RunEvent): string {
  const at = clockTime(event.at);
  switch (event.type) {
    case 'run.started':
      return `${at}  run         started, attempt ${event.attempt}`;
    case 'step.started':
      return `${at}  ${event.step.padEnd(10)}  started`;
    case 'step.noted':
      return `${at}  ${event.step.padEnd(10)}  note: ${event.message}${event.data ? ` ${cut(event.data)}` : ''}`;
    case 'step.writing':
      return `${at}  ${event.step.padEnd(10)}  sends ${event.capability} (${event.reference})`;
    case 'step.succeeded':
      return `${at}  ${event.step.padEnd(10)}  done in ${Math.round(event.ms)} ms: ${outputText(event)}`;
    case 'step.refused':
      return `${at}  ${event.step.padEnd(10)}  the write was refused; nothing was done`;
    case 'step.wrote':
      return `${at}  ${event.step.padEnd(10)}  wrote: ${cut(event.answer)}`;
    case 'step.failed':
      return `${at}  ${event.step.padEnd(10)}  FAILED ${failed(event.failure)}${event.retryAt === undefined ? '' : `; again at ${clockTime(event.retryAt)}`}`;
    case 'step.waiting':
      return `${at}  ${event.step.padEnd(10)}  waits until ${new Date(event.until).toISOString()}${event.reason === undefined ? '' : `: ${event.reason}`}`;
    case 'run.answered':
      return `${at}  ${event.step.padEnd(10)}  answers the caller ${event.status}: ${cut(event.body)}`;
    case 'run.held':
      return `${at}  ${event.step.padEnd(10)}  HELD for a person (${event.hold}): ${failed(event.failure)}`;
    case 'run.resumed':
      return `${at}  run         goes on, ${event.decision} by ${event.by}`;
    case 'run.stopped':
      return `${at}  ${event.step.padEnd(10)}  stops the run: ${event.message}`;
    case 'run.failed':
      return `${at}  run         FAILED ${failed(event.failure)}`;
    case 'run.succeeded':
      return `${at}  run         succeeded`;
    case 'run.ignored':
      return `${at}  ${event.step.padEnd(10)}  lets nothing through${event.reason === undefined ? '' : `: ${event.reason}`}`;
    case 'run.cancelled':
      return `${at}  run         cancelled by ${event.by}`;
  }
}

/** A write that stayed here, as lines for people. */
export function unsentText({ step, capability, connection, reference, input }: UnsentWrite): string {
  const to = connection === '' ? '' : ` to ${connection}`;
  const body = JSON.stringify(input, null, 2).replaceAll('\n', '\n    ');
  return `WOULD SEND  ${step}: ${capability}${to} (reference ${reference})\n    ${body}`;
}
