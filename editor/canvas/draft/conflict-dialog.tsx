import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantSummary } from '#runtime/people.ts';
import type { FlowAnswer } from '#runtime/protocol.ts';
import { FlowAnswer as FlowAnswerSchema } from '#runtime/protocol.ts';
import { createFlow } from '../../api/actions.ts';
import { call } from '../../api/call.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { usePreferences } from '../../state/preferences.ts';
import { failureText } from '../../ui/failure-text.ts';
import { sayDone, sayFailed } from '../../ui/notices.ts';
import { Bones, Failed } from '../../ui/states.tsx';
import { useFlow } from '../session.ts';
import { DifferenceView } from '../versions/difference-view.tsx';

interface ConflictDialogProps {
  readonly tenant: TenantSummary;
  readonly flow: string;
  readonly words: StepWords;
  /** What the server has is taken from here on. */
  readonly onTake: (theirs: FlowAnswer) => void;
}

/** Somebody else saved meanwhile: nothing is overwritten and nothing lost, a person chooses. */
export function ConflictDialog({ tenant, flow, words, onTake }: ConflictDialogProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const mine = useFlow();
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);
  const query = useQuery({
    queryKey: ['tenant', tenant.id, 'conflict', flow],
    gcTime: 0,
    queryFn: ({ signal }) => call(FlowAnswerSchema, `/tenants/${tenant.id}/flows/${flow}`, { signal }),
  });
  const theirs = query.data;
  const copy = async (answer: FlowAnswer) => {
    setBusy(true);
    try {
      const name = t('canvas.conflict.copyName', { name: mine.name }).slice(0, 120);
      await createFlow(tenant.id, { ...mine, name });
      onTake(answer);
      sayDone({ title: t('canvas.conflict.copied', { name }) });
    } catch (error) {
      sayFailed({ title: failureText(error, t, language) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog.Root open onOpenChange={() => undefined}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className={shown ? 'dialog publish' : 'dialog'}>
          <div className="flex flex-col gap-2 p-5">
            <Dialog.Title className="text-lg font-semibold">{t('canvas.conflict.title')}</Dialog.Title>
            <Dialog.Description className="text-muted">{t('canvas.conflict.body')}</Dialog.Description>
          </div>
          {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
          {query.isPending && <Bones rows={2} />}
          {shown && theirs && (
            <DifferenceView
              base={theirs.draft}
              head={mine}
              names={{ base: t('canvas.conflict.theirs'), head: t('canvas.conflict.mine') }}
              words={words}
              package={tenant.package}
            />
          )}
          {theirs && (
            <div className="publish-foot">
              <button type="button" className="btn mr-auto" aria-pressed={shown} onClick={() => setShown(!shown)}>
                {t('canvas.conflict.show')}
              </button>
              <button type="button" className="btn" onClick={() => onTake(theirs)}>
                {t('canvas.conflict.take')}
              </button>
              <button
                type="button"
                className="btn primary"
                aria-disabled={busy}
                onClick={() => !busy && void copy(theirs)}
              >
                {t('canvas.conflict.copy')}
              </button>
            </div>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
