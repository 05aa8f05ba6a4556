import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { RunEvent } from '#runtime/event.ts';
import type { RunAnswer, RunList, RunSummary } from '#runtime/protocol.ts';
import { mergeEvents } from '../runs/follow-run.ts';
import { mergeRuns } from '../runs/merge-runs.ts';
import { throttled } from '../state/throttled.ts';
import { whenIdle } from '../state/when-idle.ts';
import {
  connectionsQuery,
  flowQuery,
  flowsQuery,
  type RunSearch,
  runQuery,
  runsKey,
  stoppedCodeQuery,
} from './queries.ts';
import { follow } from './socket.ts';

/** Counts are asked for again at most this often while runs stream by. */
const COUNTS_MS = 2000;

/** Gives the flows that are open the counts their list has: of them runs change nothing else, and they may be large. */
function recount(client: QueryClient, tenant: number): void {
  for (const listed of client.getQueryData(flowsQuery(tenant).queryKey)?.flows ?? []) {
    const { queryKey } = flowQuery(tenant, listed.id);
    const known = client.getQueryData(queryKey);
    if (!known) continue;
    const { counts, lastRunAt, ...rest } = listed;
    const same = JSON.stringify({ ...known.flow, ...rest }) === JSON.stringify(known.flow);
    if (same) client.setQueryData(queryKey, { ...known, flow: { ...known.flow, counts, lastRunAt } });
    else void client.invalidateQueries({ queryKey });
  }
}

/** Keeps every list of runs, and the counts of flows, of a tenant up to date as runs move. */
export function useLiveRuns(tenant: number): void {
  const client = useQueryClient();
  useEffect(() => {
    const counts = throttled(() => {
      void client.invalidateQueries({ queryKey: flowsQuery(tenant).queryKey }).then(() => recount(client, tenant));
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

/**
 * After a silence the lists may have missed something: they are asked for once when contact is back. When contact is made for the
 * first time everything was asked for a moment ago: it is asked for again when the page stands, and flows, which may be large,
 * follow their list.
 */
export function useCatchUp(tenant: number, contact: string): void {
  const client = useQueryClient();
  const first = useRef(true);
  useEffect(() => {
    if (contact !== 'live') return;
    const opening = first.current;
    first.current = false;
    const catchUp = (): void => {
      const lists = client.invalidateQueries({
        queryKey: ['tenant', tenant],
        predicate: ({ queryKey }) => !opening || queryKey[2] !== 'flow',
      });
      if (opening) void lists.then(() => recount(client, tenant));
    };
    if (opening) return whenIdle(catchUp);
    catchUp();
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
