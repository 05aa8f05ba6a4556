import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, Play, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Decide, RunSummary } from '#runtime/protocol.ts';
import { decideRun, replayRuns } from '../api/actions.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm, useQuestion } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { recordName } from './record-name.ts';

interface RunActionsProps {
  readonly tenant: number;
  readonly run: RunSummary;
}

function useAfter(tenant: number) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  return {
    onError: (error: Error) => sayFailed({ title: failureText(error, t, language) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['tenant', tenant] }),
  };
}

function useDecision({ tenant, run }: RunActionsProps) {
  const { t } = useTranslation();
  const name = recordName(run, t);
  return useMutation({
    ...useAfter(tenant),
    mutationFn: (decision: Decide) => decideRun(tenant, run.id, decision),
    onSuccess: (_, { decision }) =>
      sayDone({ title: t(decision === 'cancel' ? 'runs.cancelled' : 'runs.wentOn', { record: name }) }),
  });
}

/** Replay for what has ended, cancel for what has not. */
export function RunActions({ tenant, run }: RunActionsProps) {
  const { t } = useTranslation();
  const { open, ask, close } = useQuestion<'replay' | 'cancel'>();
  const name = recordName(run, t);
  const decide = useDecision({ tenant, run });
  const replay = useMutation({
    ...useAfter(tenant),
    mutationFn: () => replayRuns(tenant, [run.id]),
    onSuccess: ({ replayed }) =>
      replayed > 0
        ? sayDone({ title: t('runs.replayed', { record: name }) })
        : sayFailed({ title: t('runs.replaySkipped', { record: name }) }),
  });
  const ended = run.endedAt !== null || run.hold === 'poison';
  const answer = (act: () => void) => {
    close();
    act();
  };
  return (
    <>
      {!ended && (
        <button type="button" className="btn" onClick={() => ask('cancel')}>
          <Ban className="i i-14" aria-hidden />
          {t('runs.cancelRun')}
        </button>
      )}
      {ended && (
        <button
          type="button"
          className={`btn ${run.status === 'succeeded' || run.status === 'ignored' ? '' : 'primary'}`}
          onClick={() => ask('replay')}
        >
          <RotateCw className="i i-14" aria-hidden />
          {t('runs.replay')}
        </button>
      )}
      <Confirm
        open={open === 'replay'}
        onClose={close}
        title={t('runs.replayTitle', { record: name })}
        body={t('runs.replayBody')}
        action={t('runs.replayDo')}
        onConfirm={() => answer(() => replay.mutate())}
      />
      <Confirm
        open={open === 'cancel'}
        onClose={close}
        title={t('runs.cancelTitle', { record: name })}
        body={t('runs.cancelBody')}
        action={t('runs.cancelDo')}
        danger
        onConfirm={() => answer(() => decide.mutate({ decision: 'cancel' }))}
      />
    </>
  );
}

/** What a person may say about a held run: go on, or what became of a write nobody knows the outcome of. */
export function Decisions({ tenant, run, unknown }: RunActionsProps & { readonly unknown: boolean }) {
  const { t } = useTranslation();
  const { open, ask, close } = useQuestion<'retry' | 'sent' | 'resend'>();
  const [target, setTarget] = useState('');
  const [missing, setMissing] = useState(false);
  const decide = useDecision({ tenant, run });
  const name = recordName(run, t);
  const answer = (decision: Decide) => {
    close();
    decide.mutate(decision);
  };
  const sayTarget = () => {
    const number = target.trim();
    setMissing(number === '');
    if (number !== '') answer({ decision: 'sent', target: number });
  };
  return (
    <>
      {unknown ? (
        <>
          <button type="button" className="btn primary" onClick={() => ask('sent')}>
            {t('runs.sent')}
          </button>
          <button type="button" className="btn" onClick={() => ask('resend')}>
            {t('runs.resend')}
          </button>
        </>
      ) : (
        <button type="button" className="btn primary" onClick={() => ask('retry')}>
          <Play className="i i-14" aria-hidden />
          {t('runs.goOn')}
        </button>
      )}
      <Confirm
        open={open === 'retry'}
        onClose={close}
        title={t('runs.goOnTitle', { record: name })}
        body={t('runs.goOnBody')}
        action={t('runs.goOnDo')}
        onConfirm={() => answer({ decision: 'retry' })}
      />
      <Confirm
        open={open === 'resend'}
        onClose={close}
        title={t('runs.resendTitle', { record: name })}
        body={t('runs.resendBody')}
        action={t('runs.resendDo')}
        danger
        onConfirm={() => answer({ decision: 'resend' })}
      />
      <Confirm
        open={open === 'sent'}
        onClose={close}
        title={t('runs.sentTitle')}
        body={t('runs.sentBody')}
        action={t('runs.sentDo')}
        onConfirm={sayTarget}
      >
        <AskText
          label={t('runs.sentField')}
          value={target}
          onChange={setTarget}
          maxLength={200}
          error={missing ? t('runs.sentMissing') : undefined}
        />
      </Confirm>
    </>
  );
}
