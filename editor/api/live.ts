import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { RunEvent } from '#runtime/event.ts';
import type { RunAnswer, RunList, RunSummary } from '#runtime/protocol.ts';
import { mergeEvents } from '../runs/follow-run.ts';
import { mergeRuns } from '../runs/merge-runs.ts';
import { connectionsQuery, flowsQuery, type RunSearch, runQuery, runsKey, stoppedCodeQuery } from './queries.ts';
import { follow } from './socket.ts';

/** Counts are asked for again at most this often while runs stream by. */
const COUNTS_MS = 2000;

/** Calls at once, then at most once a period however often it is asked. */
function throttled(run: () => void, periodMs: number): { ask: () => void; stop: () => void } {
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
    stop: () => clearTimeout(timer),
  };
}

/** Keeps every list of runs, and the counts of flows, of a tenant up to date as runs move. */
export function useLiveRuns(tenant: number): void {
  const client = useQueryClient();
  useEffect(() => {
    const counts = throttled(() => {
      void client.invalidateQueries({ queryKey: flowsQuery(tenant).queryKey });
      void client.invalidateQueries({ queryKey: ['tenant', tenant, 'flow'] });
      void client.invalidateQueries({ queryKey: connectionsQuery(tenant).queryKey });
    }, COUNTS_MS);
    let waiting: RunSummary[] = [];
    let frame = 0;
    const apply = () => {
      frame = 0;
      const runs = waiting;
      waiting = [];
      for (const [key] of client.getQueriesData({ queryKey: runsKey(tenant) })) {
        const search = (key[3] ?? {}) as RunSearch;
        client.setQueryData<InfiniteData<RunList>>(key, (data) => data && mergeRuns(data, runs, search));
      }
      counts.ask();
    };
    const stop = follow({
      tenant,
      target: { what: 'runs' },
      afterSeq: () => -1,
      onRuns: (message) => {
        waiting.push(...message.runs);
        // the run that met it says so first
        if (message.runs.some(({ failure }) => failure?.code === 'CODE_OFF'))
          void client.invalidateQueries({ queryKey: stoppedCodeQuery(tenant).queryKey });
        if (frame === 0) frame = requestAnimationFrame(apply);
      },
    });
    return () => {
      stop();
      counts.stop();
      cancelAnimationFrame(frame);
    };
  }, [client, tenant]);
}

/** After a silence the lists may have missed something: ask once when contact is back. */
export function useCatchUp(tenant: number, contact: string): void {
  const client = useQueryClient();
  useEffect(() => {
    if (contact === 'live') void client.invalidateQueries({ queryKey: ['tenant', tenant] });
  }, [client, contact, tenant]);
}

function mayLink(event: RunEvent, events: readonly RunEvent[]): boolean {
  if (event.type === 'run.succeeded' || event.type === 'run.failed' || event.type === 'run.held') return true;
  if (event.type !== 'step.succeeded') return false;
  return events.some((earlier) => earlier.type === 'step.writing' && earlier.step === event.step);
}

/** Keeps one run's events up to date; begins after the events that were fetched. */
export function useLiveRun(tenant: number, run: string, loaded: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!loaded) return;
    const { queryKey } = runQuery(tenant, run);
    return follow({
      tenant,
      target: { what: 'run', run },
      afterSeq: () => client.getQueryData<RunAnswer>(queryKey)?.events.at(-1)?.seq ?? -1,
      onEvents: (message) => {
        const data = client.setQueryData<RunAnswer>(queryKey, (known) => known && mergeEvents(known, message.events));
        // references are made by the commit that carries these events, and are not in them
        if (data && message.events.some((event) => mayLink(event, data.events)))
          void client.invalidateQueries({ queryKey });
      },
    });
  }, [client, tenant, run, loaded]);
}
