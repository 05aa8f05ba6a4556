import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { catalogQuery, connectionsQuery, flowQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant, useUser } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { Bones, Failed } from '../ui/states.tsx';
import { drawingCode } from './drawing-code.ts';
import { ROOMY } from './roomy.ts';

const route = getRouteApi('/a/$account/flows/$flow');
const STARTING_MS = 1000;

const Reading = lazy(async () => ({ default: (await import('./reading.tsx')).Reading }));

function useRoomy(): boolean {
  const [roomy, setRoomy] = useState(() => matchMedia(ROOMY).matches);
  useEffect(() => {
    const query = matchMedia(ROOMY);
    const listen = () => setRoomy(query.matches);
    query.addEventListener('change', listen);
    return () => query.removeEventListener('change', listen);
  }, []);
  return roomy;
}

/** One flow: the canvas for those who draw, a page to read for everybody else and where there is no room to draw. */
export function FlowPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const user = useUser();
  const roomy = useRoomy();
  const draws = tenant.may.includes('flow.edit');
  const { flow } = route.useParams();
  // what was done while drawing, and could be undone, outlives a window that is made narrow
  const [begun, setBegun] = useState<string>();
  if (draws && roomy && begun !== flow) setBegun(flow);
  const polling = usePolling();
  const query = useQuery({
    ...flowQuery(tenant.id, flow),
    // nobody tells the page when a trigger has begun
    refetchInterval: ({ state }) => (state.data?.flow.health === 'starting' ? STARTING_MS : polling),
  });
  const answer = query.data;
  useCrumbs([{ label: t('flows.title'), to: '/a/$account/flows' }, { label: answer?.flow.name ?? '…' }]);
  // drawn once, with the names of everything, and not anew when they come
  const nodes = useQuery(catalogQuery(tenant.id));
  const systems = useQuery(connectionsQuery(tenant.id));
  const drawing = begun === flow;
  const code = useQuery({ ...drawingCode, enabled: draws && drawing });
  if (query.isPending || nodes.isPending || systems.isPending) return <Bones rows={8} />;
  if (!answer) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (!draws || !drawing)
    return (
      <Suspense fallback={<Bones rows={8} />}>
        <Reading tenant={tenant} answer={answer} />
      </Suspense>
    );
  if (code.isPending) return <Bones rows={8} />;
  if (!code.data) return <Failed error={code.error} retry={() => void code.refetch()} />;
  const { Editor } = code.data;
  return (
    <>
      {roomy && <h1 className="sr-only">{answer.flow.name}</h1>}
      <Suspense fallback={<Bones rows={8} />}>
        <Editor key={flow} tenant={tenant} answer={answer} user={user} roomy={roomy} />
      </Suspense>
    </>
  );
}
