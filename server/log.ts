import { type Logger, pino } from 'pino';

/** What of an error belongs in a log: libraries hang whole clients and sockets on theirs. */
const TOLD = ['type', 'message', 'stack', 'code', 'details'] as const;

function errorLine(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const whole = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  return Object.fromEntries(TOLD.flatMap((key) => (whole[key] === undefined ? [] : [[key, whole[key]]])));
}

/** The server's log: JSON lines on stdout, from which secrets are taken out by value before they leave the process. */
export interface ServerLog {
  readonly log: Logger;
  /** Set once the secrets' keeper stands; until then telling keys alone are taken out. */
  redactBy(redact: (text: string) => string): void;
}

export function createLog(level: string): ServerLog {
  let redact = (text: string): string => text;
  const out = { write: (line: string): void => void process.stdout.write(redact(line)) };
  const keys = ['password', 'secret', 'authorization', 'cookie', 'token'];
  const log = pino(
    {
      level,
      serializers: { err: errorLine },
      redact: [...keys, ...keys.map((key) => `*.${key}`), ...keys.map((key) => `*.headers.${key}`)],
    },
    out,
  );
  return {
    log,
    redactBy: (by) => {
      redact = by;
    },
  };
}
