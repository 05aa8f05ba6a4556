import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunEvent } from '#runtime/event.ts';
import { wholeEvent } from '../api/actions.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { sayFailed } from '../ui/notices.ts';

function valuesOf(event: RunEvent): readonly unknown[] {
  switch (event.type) {
    case 'step.succeeded':
      return Object.values(event.output);
    case 'step.noted':
      return Object.values(event.data ?? {});
    case 'step.wrote':
      return [event.answer];
    case 'run.answered':
      return [event.body];
    default:
      return [];
  }
}

/** The event that carries this very value: a step may show one that another step made. */
export function eventOf(events: readonly RunEvent[], value: unknown): RunEvent | undefined {
  return events.find((event) => valuesOf(event).includes(value));
}

interface WholeValues {
  /** The events, with those in place that have been fetched whole. */
  readonly events: readonly RunEvent[];
  /** Fetches the event that carries a shortened value. */
  readonly fetchWhole: (value: object) => Promise<void>;
}

/** The events of one run, in which a person may ask for values that came shortened. */
export function useWholeValues(tenant: number, run: string, events: readonly RunEvent[]): WholeValues {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [whole, setWhole] = useState<ReadonlyMap<number, RunEvent>>(() => new Map());
  const fetchWhole = useCallback(
    async (value: object) => {
      const event = eventOf(events, value);
      if (!event) return;
      try {
        const answer = await wholeEvent(tenant, run, event.seq);
        setWhole((known) => new Map(known).set(event.seq, answer.event));
      } catch (error) {
        sayFailed({ title: failureText(error, t, language) });
      }
    },
    [tenant, run, events, t, language],
  );
  const shown = useMemo(
    () => (whole.size === 0 ? events : events.map((event) => whole.get(event.seq) ?? event)),
    [events, whole],
  );
  return { events: shown, fetchWhole };
}
