import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** A mail server that keeps what it is given, or says no. */
export interface SmtpSink {
  readonly url: string;
  /** Whole messages, headers and all. */
  readonly messages: string[];
  refuse: boolean;
  close(): void;
}

function converse(socket: Socket, sink: SmtpSink): void {
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  let message: string[] | null = null;
  say('220 sink.example ESMTP');
  createInterface(socket).on('line', (line) => {
    if (message) {
      if (line !== '.') return void message.push(line.replace(/^\.\./, '.'));
      sink.messages.push(message.join('\n'));
      message = null;
      return say('250 kept');
    }
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'DATA') {
      message = [];
      return say('354 go on');
    }
    if (verb === 'RCPT' && sink.refuse) return say('550 no such mailbox');
    if (verb !== 'QUIT') return say('250 ok');
    say('221 bye');
    socket.end();
  });
  socket.on('error', () => undefined);
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const server = createServer((socket) => converse(socket, sink));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: [],
    refuse: false,
    close: () => server.close(),
  };
  return sink;
}
