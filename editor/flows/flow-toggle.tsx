import { Switch } from '@base-ui/react/switch';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '#runtime/protocol.ts';
import { setFlowState } from '../api/actions.ts';
import { refreshFlow } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';

interface FlowToggleProps {
  readonly tenant: number;
  readonly flow: FlowSummary;
}

function useToggle({ tenant, flow }: FlowToggleProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const mutation = useMutation({
    // who changes their mind while it is still being switched is heard: one after the other
    scope: { id: `flow-state ${flow.id}` },
    mutationFn: (on: boolean) => setFlowState(tenant, flow.id, { on }),
    onSuccess: (_, on) =>
      sayDone({
        title: t(on ? 'flows.turnedOn' : 'flows.turnedOff', { name: flow.name }),
        action: { label: t('flows.undo'), run: () => mutation.mutate(!on) },
      }),
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
    onSettled: () => refreshFlow(client, tenant, flow.id),
  });
  return mutation;
}

/** Switches a published flow; off asks first and says what happens to what is under way. */
export function FlowToggle({ tenant, flow }: FlowToggleProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const toggle = useToggle({ tenant, flow });
  const on = toggle.isPending ? toggle.variables : flow.state === 'live' || flow.state === 'test';
  const word = toggle.isPending ? t(on ? 'flows.starting' : 'flows.stopping') : t(on ? 'flows.on' : 'flows.off');
  if (flow.state === 'draft')
    return <span className="over-row wide-only text-xs text-muted">{t('flows.draftHelp')}</span>;
  return (
    <span className="over-row inline-flex items-center gap-2.5">
      <span className="wide-only text-sm text-muted" aria-hidden="true">
        {word}
      </span>
      <Switch.Root
        className={`toggle ${toggle.isPending ? 'busy' : ''}`}
        checked={on}
        aria-label={t(on ? 'flows.turnOff' : 'flows.turnOn', { name: flow.name })}
        onCheckedChange={(checked) => {
          if (checked) toggle.mutate(true);
          else setAsking(true);
        }}
      >
        <Switch.Thumb className="thumb" />
      </Switch.Root>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('flows.confirmOff', { name: flow.name })}
        body={t('flows.confirmOffBody', { count: flow.counts.active })}
        action={t('flows.confirmOffDo')}
        onConfirm={() => {
          setAsking(false);
          toggle.mutate(false);
        }}
      />
    </span>
  );
}
