import http from 'node:http';
import net from 'node:net';

/** An answer as it came, whatever its shape. */
export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
  /** `error.field` of an answer in Weft's own form. */
  readonly field: string | undefined;
  readonly code: string | undefined;
  readonly message: string | undefined;
}

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly field?: string };
}

function answerOf(status: number, text: string): RawAnswer {
  let error: ErrorBody['error'];
  try {
    error = (JSON.parse(text) as ErrorBody | null)?.error;
  } catch {
    error = undefined;
  }
  return { status, text, field: error?.field, code: error?.code, message: error?.message };
}

const LONGEST_MS = 60_000;

interface RawCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** Keeps connections for the next call; without one, each call has its own. */
  readonly agent?: http.Agent;
}

/** One request with exactly these bytes and headers. */
export function callRaw(url: string, { method = 'POST', headers = {}, body, agent }: RawCall): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const options = { method, headers, agent: agent ?? false, timeout: LONGEST_MS };
    const request = http.request(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('close', () => resolve(answerOf(response.statusCode ?? 0, Buffer.concat(parts).toString())));
    });
    // an answer that came before the whole body was sent may be followed by a reset
    request.on('error', () => resolve(answerOf(0, '')));
    request.on('timeout', () => request.destroy());
    request.end(body);
  });
}

/** Sends bytes that need not be HTTP; `parts` go out one by one, `everyMs` apart, and then the sending side is shut when `shut` says so. */
export function callBytes(
  url: string,
  { parts, everyMs = 0, shut = false }: { parts: Iterable<string>; everyMs?: number; shut?: boolean },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.setTimeout(LONGEST_MS, () => socket.destroy());
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const iterator = parts[Symbol.iterator]();
    const next = (): void => {
      const { done, value } = iterator.next();
      if (done) {
        if (shut) socket.end();
        return;
      }
      socket.write(value);
      if (everyMs > 0) timer = setTimeout(next, everyMs);
      else next();
    };
    socket.on('connect', next);
    socket.on('data', (part) => {
      text += part.toString();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      const at = text.indexOf('\r\n\r\n');
      resolve(answerOf(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), at < 0 ? '' : text.slice(at + 4)));
    });
  });
}
