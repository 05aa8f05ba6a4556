import { Dialog } from '@base-ui/react/dialog';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX, History, TriangleAlert, X } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantSummary } from '#runtime/people.ts';
import type { FlowAnswer, Problem } from '#runtime/protocol.ts';
import { publishFlow } from '../../api/actions.ts';
import { refreshVersions } from '../../api/queries.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { asText, recordsIn } from '../../flows/test-records.ts';
import { usePreferences } from '../../state/preferences.ts';
import { failureText } from '../../ui/failure-text.ts';
import { sayDone } from '../../ui/notices.ts';
import type { DraftKeeper } from '../draft/keeper.ts';
import { stepOf } from '../problems/problem-count.tsx';
import { useFlow } from '../session.ts';
import { DifferenceView } from './difference-view.tsx';

interface PublishDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly tenant: TenantSummary;
  readonly answer: FlowAnswer;
  readonly problems: readonly Problem[];
  readonly words: StepWords;
  readonly keeper: DraftKeeper;
  readonly onGo: (step: string, field: string | undefined) => void;
}

type After = 'off' | 'on' | 'test';
const AFTER: readonly After[] = ['off', 'on', 'test'];
const DONE = { off: 'canvas.publish.doneOff', on: 'canvas.publish.doneOn', test: 'canvas.publish.doneTest' } as const;

interface Wish {
  readonly note: string;
  readonly after: After;
  readonly records: readonly string[];
}

const afterOf = ({ flow }: FlowAnswer): After => (flow.state === 'off' || flow.state === 'test' ? flow.state : 'on');

/** Saves what is not saved yet, then publishes exactly that. */
function usePublish({ tenant, answer, keeper, onClose }: PublishDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { flow } = answer;
  const refresh = () => refreshVersions(client, tenant.id, flow.id);
  return useMutation({
    mutationFn: async ({ note, after, records }: Wish) => {
      if (!(await keeper.flush())) throw new Error(t('canvas.publish.notSaved'));
      await publishFlow(tenant.id, flow.id, {
        revision: keeper.store.getState().revision,
        note,
        on: after !== 'off',
        ...(after === 'test' ? { testRecords: [...records] } : {}),
      });
    },
    onSuccess: async (_, { after }) => {
      onClose();
      await refresh();
      sayDone({ title: t(DONE[after], { name: flow.name }) });
    },
    onError: refresh,
  });
}

function Summary({
  problems,
  words,
  onGo,
  onClose,
}: Pick<PublishDialogProps, 'problems' | 'words' | 'onGo' | 'onClose'>) {
  const { t } = useTranslation();
  const flow = useFlow();
  const errors = problems.filter(({ severity }) => severity === 'error');
  const warnings = problems.filter(({ severity }) => severity === 'warning');
  const first = errors[0] ?? warnings[0];
  const step = first && stepOf(first, flow);
  return (
    <div className="publish-problems">
      <span className="flex items-center gap-1.5 font-semibold">
        {errors.length > 0 ? (
          <CircleX className="i text-danger" aria-hidden />
        ) : (
          <CircleCheck className="i text-success" aria-hidden />
        )}
        {t('flows.errors', { count: errors.length })}
      </span>
      {warnings.length > 0 && (
        <span className="flex items-center gap-1.5 font-semibold">
          <TriangleAlert className="i text-warning" aria-hidden />
          {t('flows.warnings', { count: warnings.length })}
        </span>
      )}
      {first && <span className="min-w-0 truncate">{first.message[words.language]}</span>}
      {step !== undefined && (
        <button
          type="button"
          className="link"
          onClick={() => {
            onClose();
            onGo(step, first?.field);
          }}
        >
          {t('canvas.publish.goThere')}
        </button>
      )}
    </div>
  );
}

/** What will change, a note about it, and whether it runs at once. */
export function PublishDialog(props: PublishDialogProps) {
  const { open, onClose, tenant, answer, problems, words } = props;
  const { t } = useTranslation();
  const { language } = usePreferences();
  const draft = useFlow();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [note, setNote] = useState('');
  const [after, setAfter] = useState(afterOf(answer));
  const [text, setText] = useState(asText(answer.flow.test?.records ?? []));
  const records = recordsIn(text);
  const publish = usePublish(props);
  const { flow, live } = answer;
  const next = (flow.liveVersion ?? 0) + 1;
  const blocked = problems.some(({ severity }) => severity === 'error');
  const ready = !blocked && !publish.isPending && (after !== 'test' || records.length > 0);
  return (
    <Dialog.Root open={open} onOpenChange={(wanted) => !wanted && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog publish" initialFocus={input}>
          <div className="flex items-start gap-3 px-6 pt-5 pb-4">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-xl font-semibold">
                {t('canvas.publish.title', { name: draft.name })}
              </Dialog.Title>
              <Dialog.Description className="text-sm text-muted">
                {flow.liveVersion === null
                  ? t('canvas.publish.first')
                  : t('canvas.publish.replaces', { version: next, before: flow.liveVersion })}
              </Dialog.Description>
            </div>
            <Dialog.Close className="btn ghost icon" aria-label={t('shell.close')}>
              <X className="i" aria-hidden />
            </Dialog.Close>
          </div>
          <Summary problems={problems} words={words} onGo={props.onGo} onClose={onClose} />
          <DifferenceView
            base={live}
            head={draft}
            names={{
              base: t('runs.version', { version: flow.liveVersion ?? 0 }),
              head: t('runs.version', { version: next }),
            }}
            words={words}
            package={tenant.package}
          />
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (ready) publish.mutate({ note: note.trim(), after, records });
            }}
          >
            <div className="publish-form">
              <div className="field flex-1">
                <label htmlFor={id}>{t('canvas.publish.note')}</label>
                <input
                  ref={input}
                  id={id}
                  className="input"
                  value={note}
                  maxLength={500}
                  autoComplete="off"
                  onChange={(event) => setNote(event.target.value)}
                />
              </div>
              <fieldset className="field">
                <legend className="mb-1 text-sm font-medium">{t('canvas.publish.after')}</legend>
                <span className="seg">
                  {AFTER.map((each) => (
                    <button key={each} type="button" aria-pressed={after === each} onClick={() => setAfter(each)}>
                      {t(`canvas.publish.${each}`)}
                    </button>
                  ))}
                </span>
              </fieldset>
              {after === 'test' && (
                <div className="field w-full">
                  <label htmlFor={`${id}-records`}>{t('flows.test.records')}</label>
                  <input
                    id={`${id}-records`}
                    className="input"
                    value={text}
                    maxLength={2000}
                    autoComplete="off"
                    placeholder="1042, 1043"
                    aria-describedby={`${id}-help`}
                    aria-invalid={records.length === 0}
                    onChange={(event) => setText(event.target.value)}
                  />
                  <p id={`${id}-help`} className="text-sm text-muted">
                    {records.length === 0 ? t('flows.test.missing') : t('flows.test.help')}
                  </p>
                </div>
              )}
            </div>
            {publish.isError && (
              <p role="alert" className="note bad mx-6 mb-3">
                <CircleX className="i" aria-hidden />
                {failureText(publish.error, t, language)}
              </p>
            )}
            <div className="publish-foot">
              <span className="flex flex-1 items-center gap-2 text-sm text-muted">
                {flow.liveVersion !== null && (
                  <>
                    <History className="i" aria-hidden />
                    {t('canvas.publish.back', { version: flow.liveVersion })}
                  </>
                )}
              </span>
              <Dialog.Close className="btn">{t('shell.cancel')}</Dialog.Close>
              <button type="submit" className="btn primary" aria-disabled={!ready}>
                {publish.isPending ? t('canvas.publish.doing') : t('canvas.publish.do', { version: next })}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
