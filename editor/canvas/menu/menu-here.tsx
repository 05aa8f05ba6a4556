import { lazy, Suspense } from 'react';
import { useSessionState } from '../session.ts';
import type { Keys } from '../use-keys.ts';

export const loadActsMenu = () => import('./acts-menu.tsx');
const ActsMenu = lazy(async () => ({ default: (await loadActsMenu()).ActsMenu }));

/** The menu of the canvas, while it is open. */
export function MenuHere({ keys }: { readonly keys: Keys }) {
  const menu = useSessionState((state) => state.menu);
  if (!menu) return null;
  return (
    <Suspense fallback={null}>
      <ActsMenu key={`${menu.target} ${menu.screen.x} ${menu.screen.y}`} keys={keys} menu={menu} />
    </Suspense>
  );
}
