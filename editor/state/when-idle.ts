/** Milliseconds in which a page is put together: when it does nothing then, it waits for what it needs, and that comes first. */
const OPENING_MS = 1500;

/** Runs once the page has nothing better to do; not every browser tells when that is. */
export function whenIdle(run: () => void): () => void {
  let handle: number | undefined;
  const timer = setTimeout(
    () => {
      if (typeof requestIdleCallback === 'undefined') run();
      else handle = requestIdleCallback(run);
    },
    Math.max(0, OPENING_MS - performance.now()),
  );
  return () => {
    clearTimeout(timer);
    if (handle !== undefined) cancelIdleCallback(handle);
  };
}
