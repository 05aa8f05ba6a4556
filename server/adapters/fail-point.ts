/**
 * A named place where a test may kill this process: `WEFT_FAIL_POINT=name` dies at the first pass, `name:3` at the third.
 * Without the variable a pass is an empty call.
 */
export const failPoint: (name: string) => void = arm(process.env['WEFT_FAIL_POINT']);

function arm(setting: string | undefined): (name: string) => void {
  if (!setting) return () => {};
  const [, target, count] = /^(.+?)(?::(\d+))?$/.exec(setting) ?? [];
  let left = Number(count ?? 1);
  return (name) => {
    if (name !== target) return;
    left -= 1;
    // SIGKILL is what a power cut or the kernel's memory killer looks like: nothing is flushed, no handler runs.
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}
