import { CircleCheck, Power, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionSummary } from '#runtime/protocol.ts';

/** How a connection stands, in a word. */
export function StateChip({ state }: { readonly state: ConnectionSummary['state'] }) {
  const { t } = useTranslation();
  if (state === 'ready')
    return (
      <span className="chip ok">
        <CircleCheck className="i i-12" aria-hidden />
        {t('connections.ready')}
      </span>
    );
  if (state === 'disabled')
    return (
      <span className="chip">
        <Power className="i i-12" aria-hidden />
        {t('connections.disabled')}
      </span>
    );
  return (
    <span className="chip warn">
      <TriangleAlert className="i i-12" aria-hidden />
      {t('connections.signInNeeded')}
    </span>
  );
}
