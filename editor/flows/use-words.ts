import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { connectionsQuery } from '../api/queries.ts';
import { useConnectors, useNodes } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import type { StepWords } from './step-words.ts';

/** Names for steps, from the catalog and the tenant's connections. */
export function useWords(tenant: number): StepWords {
  const nodes = useNodes();
  const connectors = useConnectors();
  const { language } = usePreferences();
  const { data } = useQuery(connectionsQuery(tenant));
  return useMemo(
    () => ({
      nodes,
      language,
      systems:
        data &&
        new Map(
          data.connections.map((each) => [
            each.id,
            { title: each.title, kind: connectors?.get(each.connector)?.title ?? each.title },
          ]),
        ),
    }),
    [nodes, connectors, language, data],
  );
}
