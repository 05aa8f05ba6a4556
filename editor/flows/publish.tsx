import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowAnswer } from '#runtime/protocol.ts';
import { publishFlow } from '../api/actions.ts';
import { flowQuery, flowsQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';

interface PublishProps {
  readonly tenant: number;
  readonly answer: FlowAnswer;
}

/** Offered while the draft is not what is live; with errors it says how many stand in the way. */
export function PublishButton({ tenant, answer }: PublishProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [note, setNote] = useState('');
  const { flow, draft, live, problems } = answer;
  const publish = useMutation({
    mutationFn: () => publishFlow(tenant, flow.id, { revision: flow.revision, note, on: true }),
    onSuccess: () => {
      setAsking(false);
      sayDone({ title: t('flows.published', { name: flow.name }) });
    },
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: flowsQuery(tenant).queryKey }),
        client.invalidateQueries({ queryKey: flowQuery(tenant, flow.id).queryKey }),
      ]),
  });
  if (live && JSON.stringify(live) === JSON.stringify(draft)) return null;
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  if (errors > 0)
    return (
      <a href="#problems" className="btn">
        {t('flows.publishBlocked', { count: errors })}
      </a>
    );
  return (
    <>
      <button type="button" className="btn primary" onClick={() => setAsking(true)}>
        {t('flows.publish')}
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('flows.publishTitle', { name: flow.name })}
        body={t('flows.publishBody', { version: (flow.liveVersion ?? 0) + 1 })}
        action={t('flows.publishDo')}
        busy={publish.isPending}
        onConfirm={() => publish.mutate()}
      >
        <AskText label={t('flows.publishNote')} value={note} onChange={setNote} maxLength={500} />
      </Confirm>
    </>
  );
}
