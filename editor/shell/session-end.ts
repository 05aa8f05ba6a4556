import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError } from '../api/call.ts';
import { sessionQuery } from '../api/queries.ts';

/** An answer of 401 anywhere means that the session has ended: back to sign-in, and to here afterwards. */
export function useSessionEnd(): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  useEffect(() => {
    const leave = (error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 401) return;
      client.setQueryData(sessionQuery.queryKey, null);
      void navigate({ to: '/login', search: { to: href } });
    };
    const stops = [
      client.getQueryCache().subscribe((event) => event.type === 'updated' && leave(event.query.state.error)),
      client.getMutationCache().subscribe((event) => event.type === 'updated' && leave(event.mutation.state.error)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [client, navigate, href]);
}
