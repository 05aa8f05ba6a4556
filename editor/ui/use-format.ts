import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import { usePreferences } from '../state/preferences.ts';
import { type Format, newFormat } from './format.ts';

/** The tenant's time zone; undefined where no tenant is chosen: the browser's own. */
export const TimeZone = createContext<string | undefined>(undefined);

export function useFormat(): Format {
  const { language } = usePreferences();
  const timeZone = useContext(TimeZone);
  return useMemo(() => newFormat(language, timeZone), [language, timeZone]);
}

/** Now, renewed every `everyMs`, so that durations and days stay true on a page that is left open. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
