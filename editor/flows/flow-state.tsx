import { Radio } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '#runtime/protocol.ts';

/** Draft is dashed, live is a line of green, off is grey: told apart without colour too. */
export function FlowChip({ flow }: { readonly flow: FlowSummary }) {
  const { t } = useTranslation();
  if (flow.state === 'live')
    return (
      <span className="chip live" title={t('flows.liveHelp')}>
        <Radio className="i i-12" aria-hidden />
        {t('flows.stateLive')}
      </span>
    );
  if (flow.state === 'draft')
    return (
      <span className="chip draft" title={t('flows.draftHelp')}>
        {t('flows.draft')}
      </span>
    );
  return (
    <span className="chip" title={t('flows.offHelp')}>
      {t('flows.stateOff')}
    </span>
  );
}
