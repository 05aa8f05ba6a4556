import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ErrorAnswer } from '#runtime/protocol.ts';

interface Answer {
  readonly status: string;
  readonly field: string;
  readonly message: string;
}

const UNREADABLE: Answer = { status: '400 Bad Request', field: 'request', message: 'the request is not HTTP' };

/** Node's codes for requests it gives up before any route sees them. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    field: 'headers',
    message: 'the headers are larger than they may be',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: '413 Payload Too Large',
    field: 'body',
    message: 'the chunks of the body say more than they may',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    field: 'request',
    message: 'the request was not whole in time',
  },
};

/** Says why to callers whose request cannot even be read, where Node alone would only name a status. */
export function answerUnreadable(server: Server): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const { status, field, message } = ANSWERS[error.code ?? ''] ?? UNREADABLE;
    const answer: ErrorAnswer = { error: { code: 'INPUT_INVALID', message, field } };
    const body = JSON.stringify(answer);
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  });
}
