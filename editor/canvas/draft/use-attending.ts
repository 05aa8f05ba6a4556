import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { flowQuery } from '../../api/queries.ts';
import { type Attending, createAttending } from './attending.ts';
import type { DraftKeeper } from './keeper.ts';

/** Is there while the page of the flow is open, and reads the flow anew when somebody has saved it. */
export function useAttending(tenant: number, flow: string, known: number): Attending {
  const client = useQueryClient();
  const [attending] = useState(() => createAttending(tenant, flow));
  useEffect(() => attending.come(), [attending]);
  useEffect(
    () =>
      attending.store.subscribe(({ revision }) => {
        if (revision > known) void client.invalidateQueries({ queryKey: flowQuery(tenant, flow).queryKey });
      }),
    [attending, client, tenant, flow, known],
  );
  return attending;
}

/** Whoever has edited nothing for so long lets go, so that others need not ask. */
const IDLE_MS = 300_000;

/** The first edit takes the pen, and a long pause gives it back. */
export function usePen(attending: Attending, keeper: DraftKeeper): void {
  useEffect(() => {
    let idle: ReturnType<typeof setTimeout> | undefined;
    const watch = ({ status }: { readonly status: string }) => {
      clearTimeout(idle);
      const { mine, holder } = attending.store.getState();
      if (status !== 'saved') {
        if (!mine && !holder) void attending.wish('edit');
      } else if (mine) idle = setTimeout(() => void attending.wish('read'), IDLE_MS);
    };
    watch(keeper.store.getState());
    const stop = keeper.store.subscribe(watch);
    return () => {
      clearTimeout(idle);
      stop();
    };
  }, [attending, keeper]);
}
