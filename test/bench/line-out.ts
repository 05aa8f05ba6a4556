import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One JSON object on one line of stdout: how the bench's processes speak to each other. */
export function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Says where a server that listens can be reached. */
export function announce(server: Server, more: object = {}): void {
  say({ port: (server.address() as AddressInfo).port, pid: process.pid, ...more });
}
