import { RetryableError } from '#runtime/error.ts';

/** Runs work under a deadline; rejects with RetryableError TIMEOUT when the time is over, whatever the work does. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    own.abort();
    over.reject(new RetryableError('TIMEOUT', `the step took longer than ${ms} ms`));
  }, ms);
  try {
    return await Promise.race([work(own.signal), over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
