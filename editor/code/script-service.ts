import type { ScriptAnswer, ScriptQuestion } from './script-protocol.ts';

type Question = ScriptQuestion extends infer Each ? (Each extends unknown ? Omit<Each, 'id'> : never) : never;

/** Somebody who knows TypeScript, in a thread of its own. */
export interface ScriptService {
  /** Resolves with null when the service was closed meanwhile. */
  ask(question: Question): Promise<ScriptAnswer | null>;
  close(): void;
}

/** Starts the thread at the first question. */
export function createScriptService(): ScriptService {
  const waiting = new Map<number, (answer: ScriptAnswer | null) => void>();
  let worker: Worker | undefined;
  let ids = 0;
  let closed = false;
  const start = (): Worker => {
    const started = new Worker(new URL('./script-worker.ts', import.meta.url), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<ScriptAnswer>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
    // a thread that cannot be had answers nothing: the editor goes on without it
    started.onerror = () => {
      for (const resolve of waiting.values()) resolve(null);
      waiting.clear();
    };
    return started;
  };
  return {
    ask: (question) => {
      if (closed) return Promise.resolve(null);
      worker ??= start();
      const id = ++ids;
      const { promise, resolve } = Promise.withResolvers<ScriptAnswer | null>();
      waiting.set(id, resolve);
      worker.postMessage({ ...question, id });
      return promise;
    },
    close: () => {
      closed = true;
      worker?.terminate();
      for (const resolve of waiting.values()) resolve(null);
      waiting.clear();
    },
  };
}
