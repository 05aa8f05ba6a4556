import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { connectionsQuery } from '../api/queries.ts';
import { useConnectors, useNodes, useShapes } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import type { StepWords } from './step-words.ts';

/** Names for steps, from the catalog and the tenant's connections. */
export function useWords(tenant: number): StepWords {
  const nodes = useNodes();
  const shapes = useShapes();
  const connectors = useConnectors();
  const { language } = usePreferences();
  const { data } = useQuery(connectionsQuery(tenant));
  return useMemo(
    () => ({
      nodes,
      language,
      shapes,
      systems:
        data &&
        new Map(
          data.connections.map((each) => [
            each.id,
            { title: each.title, kind: connectors?.get(each.connector)?.title ?? each.title },
          ]),
        ),
    }),
    [nodes, shapes, connectors, language, data],
  );
}
