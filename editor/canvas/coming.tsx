import { useEffect, useLayoutEffect, useRef } from 'react';

/**
 * Stands where something to write in is about to be. What is typed until then is not taken for keys of the canvas: it is kept,
 * and written where the cursor stands when that is there.
 */
export function Coming() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  useLayoutEffect(() => {
    const input = field.current;
    return () => {
      const typed = input?.value ?? '';
      // as if it were typed: once what has come has taken the cursor, in place of what it has chosen
      if (typed !== '') setTimeout(() => document.execCommand('insertText', false, typed));
    };
  }, []);
  return <input ref={field} className="sr-only" tabIndex={-1} aria-hidden="true" autoComplete="off" />;
}
