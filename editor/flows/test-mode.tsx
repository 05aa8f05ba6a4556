import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary, SetFlowState } from '#runtime/protocol.ts';
import { setFlowState } from '../api/actions.ts';
import { refreshFlow } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { asText, recordsIn } from './test-records.ts';

/** Switches the flow, renews what is shown of it and then says how it went. */
function useSwitch(tenant: number, flow: FlowSummary, said: string) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const refresh = () => refreshFlow(client, tenant, flow.id);
  return useMutation({
    mutationFn: (wish: SetFlowState) => setFlowState(tenant, flow.id, wish),
    onSuccess: async () => {
      await refresh();
      sayDone({ title: said });
    },
    onError: (error) => {
      sayFailed({ title: failureText(error, t, language) });
      return refresh();
    },
  });
}

interface QuestionProps {
  readonly flow: FlowSummary;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Which records a flow is tried on. */
export function TestRecordsQuestion({ flow, open, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const [text, setText] = useState(asText(flow.test?.records ?? []));
  const change = useSwitch(tenant.id, flow, t('flows.test.on', { name: flow.name }));
  const records = recordsIn(text);
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('flows.test.title', { name: flow.name })}
      body={t('flows.test.help')}
      action={t('flows.test.do')}
      onConfirm={() => {
        if (records.length === 0) return;
        change.mutate({ on: true, testRecords: records });
        onClose();
      }}
    >
      <AskText
        label={t('flows.test.records')}
        value={text}
        onChange={setText}
        maxLength={2000}
        error={records.length === 0 ? t('flows.test.missing') : undefined}
      />
    </Confirm>
  );
}

/** On for everything, with or without what was passed by meanwhile. */
function FullyOnQuestion({ flow, open, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const [carry, setCarry] = useState(false);
  const turn = useSwitch(tenant.id, flow, t('flows.turnedOn', { name: flow.name }));
  const passed = flow.test?.passedBy ?? 0;
  const mayCarry = tenant.may.includes('run.decide');
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('flows.test.fullyTitle', { name: flow.name })}
      body={t('flows.test.passed', { count: passed })}
      action={t('flows.test.fully')}
      onConfirm={() => {
        turn.mutate({ on: true, ...(carry ? { carry } : {}) });
        onClose();
      }}
    >
      {passed > 0 && (
        <fieldset className="field mt-2">
          <legend className="sr-only">{t('flows.test.passed', { count: passed })}</legend>
          {([false, true] as const).map((each) => (
            <label key={String(each)} className="flex min-h-7 items-center gap-2">
              <input
                type="radio"
                name="carry"
                checked={carry === each}
                disabled={each && !mayCarry}
                onChange={() => setCarry(each)}
              />
              {t(each ? 'flows.test.carry' : 'flows.test.leave', { count: passed })}
            </label>
          ))}
          {!mayCarry && <p className="text-sm text-muted">{t('flows.test.mayNotCarry')}</p>}
        </fieldset>
      )}
      {passed > 0 && (
        <Link
          to="/a/$account/runs"
          params={{ account: String(tenant.id) }}
          search={{ flow: flow.id, status: 'ignored' }}
          className="link text-sm"
        >
          {t('flows.test.see')}
        </Link>
      )}
    </Confirm>
  );
}

/** Of a flow that is on for test records only: which, how many others have come, and on to everything. */
export function TestMode({ flow }: { readonly flow: FlowSummary }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const [question, ask] = useState<'records' | 'fully' | null>(null);
  if (!flow.test) return null;
  const { records, passedBy } = flow.test;
  const said = `${t('flows.test.only', { count: records.length })} · ${t('flows.test.others', { count: passedBy })}`;
  const close = () => ask(null);
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      <span className="chip warn" title={records.join(', ')}>
        <FlaskConical className="i i-12" aria-hidden />
        {said}
      </span>
      {tenant.may.includes('flow.switch') && (
        <>
          <button type="button" className="btn" onClick={() => ask('records')}>
            {t('flows.test.choose')}
          </button>
          <button type="button" className="btn" onClick={() => ask('fully')}>
            {t('flows.test.fully')}
          </button>
        </>
      )}
      {question === 'records' && <TestRecordsQuestion flow={flow} open onClose={close} />}
      {question === 'fully' && <FullyOnQuestion flow={flow} open onClose={close} />}
    </span>
  );
}
