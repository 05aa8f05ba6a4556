import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument } from '#runtime/flow.ts';
import type { TenantSummary } from '#runtime/people.ts';
import { type FlowAnswer, FlowAnswer as FlowAnswerSchema } from '#runtime/protocol.ts';
import { createFlow } from '../../api/actions.ts';
import { call } from '../../api/call.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { usePreferences } from '../../state/preferences.ts';
import { failureText } from '../../ui/failure-text.ts';
import { sayDone, sayFailed } from '../../ui/notices.ts';
import { Bones, Failed } from '../../ui/states.tsx';
import { useFlow } from '../session.ts';
import { DifferenceView } from '../versions/difference-view.tsx';
import { type MergeUnit, merged, type Side, unitsBetween } from './merge.ts';
import { MergeView } from './merge-view.tsx';

interface ConflictDialogProps {
  readonly tenant: TenantSummary;
  readonly flow: string;
  readonly words: StepWords;
  /** What both began from, if anybody knows. */
  readonly base: FlowDocument | null;
  /** What the server has is gone on from, with this in its place where there is something to keep of one's own. */
  readonly onSettle: (theirs: FlowAnswer, kept?: FlowDocument) => void;
}

/** Which side each piece is taken from: as said, else as suggested. */
function useSides() {
  const [said, setSaid] = useState<ReadonlyMap<string, Side>>(new Map());
  return {
    sideOf: (unit: MergeUnit): Side | null => said.get(unit.key) ?? unit.suggested,
    choose: (units: readonly MergeUnit[], side: Side) =>
      setSaid((before) => new Map([...before, ...units.map(({ key }) => [key, side] as const)])),
  };
}

function useCopy({ tenant, onSettle }: ConflictDialogProps, mine: FlowDocument) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [busy, setBusy] = useState(false);
  const copy = async (theirs: FlowAnswer) => {
    setBusy(true);
    try {
      const name = t('canvas.conflict.copyName', { name: mine.name }).slice(0, 120);
      await createFlow(tenant.id, { ...mine, name });
      onSettle(theirs);
      sayDone({ title: t('canvas.conflict.copied', { name }) });
    } catch (error) {
      sayFailed({ title: failureText(error, t, language) });
    } finally {
      setBusy(false);
    }
  };
  return { busy, copy };
}

function Choice({ theirs, ...props }: ConflictDialogProps & { readonly theirs: FlowAnswer }) {
  const { tenant, words, base, onSettle } = props;
  const { t } = useTranslation();
  const mine = useFlow();
  const [picture, setPicture] = useState(false);
  const units = useMemo(() => unitsBetween(base, mine, theirs.draft), [base, mine, theirs.draft]);
  const { sideOf, choose } = useSides();
  const { busy, copy } = useCopy(props, mine);
  const left = units.filter((unit) => sideOf(unit) === null).length;
  const apply = () =>
    onSettle(
      theirs,
      merged(mine, theirs.draft, units, (unit) => sideOf(unit) ?? 'theirs'),
    );
  return (
    <>
      <div className="merge-bar">
        <span role="status" className="flex-1 text-sm">
          {left > 0 ? t('canvas.merge.left', { count: left }) : t('canvas.merge.ready')}
        </span>
        <button type="button" className="btn" onClick={() => choose(units, 'theirs')}>
          {t('canvas.merge.all.theirs')}
        </button>
        <button type="button" className="btn" onClick={() => choose(units, 'mine')}>
          {t('canvas.merge.all.mine')}
        </button>
      </div>
      {picture ? (
        <DifferenceView
          base={theirs.draft}
          head={mine}
          names={{ base: t('canvas.conflict.theirs'), head: t('canvas.conflict.mine') }}
          words={words}
          package={tenant.package}
        />
      ) : (
        <MergeView
          units={units}
          mine={mine}
          theirs={theirs.draft}
          words={words}
          sideOf={sideOf}
          onChoose={(unit, side) => choose([unit], side)}
        />
      )}
      <div className="publish-foot">
        <button type="button" className="btn mr-auto" aria-pressed={picture} onClick={() => setPicture(!picture)}>
          {t('canvas.conflict.show')}
        </button>
        <button type="button" className="btn" aria-disabled={busy} onClick={() => !busy && void copy(theirs)}>
          {t('canvas.conflict.copy')}
        </button>
        <button type="button" className="btn primary" aria-disabled={left > 0} onClick={() => left === 0 && apply()}>
          {t('canvas.merge.do')}
        </button>
      </div>
    </>
  );
}

/** Somebody else saved meanwhile: nothing is overwritten and nothing lost, a person chooses piece by piece. */
export function ConflictDialog(props: ConflictDialogProps) {
  const { tenant, flow } = props;
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['tenant', tenant.id, 'conflict', flow],
    gcTime: 0,
    queryFn: ({ signal }) => call(FlowAnswerSchema, `/tenants/${tenant.id}/flows/${flow}`, { signal }),
  });
  return (
    <Dialog.Root open onOpenChange={() => undefined}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog publish">
          <div className="flex flex-col gap-1 px-6 pt-5 pb-4">
            <Dialog.Title className="text-lg font-semibold">{t('canvas.conflict.title')}</Dialog.Title>
            <Dialog.Description className="text-sm text-muted">{t('canvas.conflict.body')}</Dialog.Description>
          </div>
          {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
          {query.isPending && <Bones rows={4} />}
          {query.data && <Choice {...props} theirs={query.data} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
