import { FlaskConical, LoaderCircle, Radio, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '#runtime/protocol.ts';

/** Whether what starts a flow that is on has begun, and works; nothing where all is well. */
export function HealthChip({ flow }: { readonly flow: FlowSummary }) {
  const { t } = useTranslation();
  const { health } = flow;
  if (health === null || health === 'well') return null;
  const Icon = health === 'starting' ? LoaderCircle : TriangleAlert;
  const tone = health === 'starting' ? '' : health === 'partly' ? 'warn' : 'bad';
  return (
    <span className={`chip ${tone}`} title={t(`flows.healthHelp.${health}`)} role="status">
      <Icon className="i i-12" aria-hidden />
      {t(`flows.health.${health}`)}
    </span>
  );
}

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
  if (flow.state === 'test')
    return (
      <span className="chip warn" title={t('flows.testHelp')}>
        <FlaskConical className="i i-12" aria-hidden />
        {t('flows.stateTest')}
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
