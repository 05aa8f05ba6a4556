/** Calls at once, then at most once a period however often it is asked. `stop` answers whether a call was still to come. */
export function throttled(run: () => void, periodMs: number): { ask: () => void; stop: () => boolean } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again = false;
  const fire = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (again) {
        again = false;
        run();
        fire();
      }
    }, periodMs);
  };
  return {
    ask: () => {
      if (timer !== undefined) {
        again = true;
        return;
      }
      run();
      fire();
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
      const waited = again;
      again = false;
      return waited;
    },
  };
}
