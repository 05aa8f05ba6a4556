import { writeFileSync } from 'node:fs';
import type { Walls } from './sandbox-protocol.ts';

function refused(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch {
    return true;
  }
}

/** Tries what must not work, so that the house can say what holds. */
export async function tryWalls(): Promise<Walls> {
  const write = refused(() => writeFileSync(`/tmp/weft-sandbox-${process.pid}`, ''));
  const spawn = await import('node:child_process').then(
    ({ spawnSync }) => refused(() => spawnSync(process.execPath, ['-e', '0'])),
    () => true,
  );
  const network = await import('node:net').then(
    ({ connect }) =>
      new Promise<boolean>((resolve) => {
        try {
          const socket = connect(9, '192.0.2.1');
          socket.once('error', (error: NodeJS.ErrnoException) =>
            resolve(['ENETUNREACH', 'ERR_ACCESS_DENIED', 'EACCES', 'EPERM'].includes(error.code ?? '')),
          );
          socket.once('connect', () => resolve(false));
          setTimeout(() => {
            socket.destroy();
            resolve(false);
          }, 300).unref();
        } catch {
          resolve(true);
        }
      }),
    () => true,
  );
  return { write, spawn, network, uid: process.getuid?.() ?? -1 };
}
