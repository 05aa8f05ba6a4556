import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Database } from './adapters/pg-pool.ts';

/** What the process for suspects is told, over its channel and not its environment, for it holds the key. */
export interface SuspectSettings {
  readonly database: Database;
  /** Base64, older ones after it. */
  readonly masterKey: string;
  /** Where it was read. */
  readonly masterKeyFile: string | undefined;
  readonly publicUrl: string;
  readonly plainGrants: readonly string[];
  readonly leaseMs: number;
  readonly sandboxProcesses: number;
  readonly logLevel: string;
}

export interface SuspectProcess {
  /** Starts it unless it runs; it ends by itself when there is no suspect left. */
  start(): void;
  stop(): Promise<void>;
}

export function createSuspectProcess(settings: SuspectSettings, log: Logger): SuspectProcess {
  let child: ChildProcess | undefined;
  return {
    start: () => {
      if (child) return;
      const made = fork(fileURLToPath(new URL('./suspect.ts', import.meta.url)), {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child = made;
      made.once('exit', (code, signal) => {
        child = undefined;
        if (code !== 0) log.warn({ code, signal }, 'the process for suspects died');
      });
      made.send(settings);
    },
    stop: async () => {
      const last = child;
      if (!last) return;
      const gone = new Promise((resolve) => last.once('exit', resolve));
      last.kill('SIGTERM');
      await gone;
    },
  };
}
