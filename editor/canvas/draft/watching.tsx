import { Lock } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Attendant } from '#runtime/attendance.ts';
import type { TenantSummary } from '#runtime/people.ts';
import type { FlowAnswer } from '#runtime/protocol.ts';
import { useWords } from '../../flows/use-words.ts';
import { useUser } from '../../shell/tenant.ts';
import { sayFailed } from '../../ui/notices.ts';
import { ReadingCanvas } from '../reading-canvas.tsx';
import type { Attending } from './attending.ts';
import { draftPlace, keptDraft } from './keeper.ts';
import { Others } from './others.tsx';

interface WatchingProps {
  readonly tenant: TenantSummary;
  readonly answer: FlowAnswer;
  readonly attending: Attending;
  /** Who edits. */
  readonly holder: Attendant;
}

/** The flow while somebody else edits it: what they have saved, who they are, and a way to take over. */
export function Watching({ tenant, answer, attending, holder }: WatchingProps) {
  const { t } = useTranslation();
  const words = useWords(tenant.id);
  const user = useUser();
  const lost = useStore(attending.store, (state) => state.lost);
  const [busy, setBusy] = useState(false);
  // of another window of one's own the edits are in its hands, unless it took over from here
  const own = holder.user === user.id;
  const kept = (lost || !own) && keptDraft(draftPlace(user.id, tenant.id, answer.flow.id)) !== null;
  const takeOver = async () => {
    setBusy(true);
    if (!(await attending.wish('take'))) sayFailed({ title: t('canvas.attendance.noAnswer') });
    setBusy(false);
  };
  const said = own ? (lost ? 'lostToSelf' : 'heldBySelf') : lost ? 'lost' : 'held';
  return (
    <div className="editor watching">
      <div className="watch-strip">
        <Lock className="i" aria-hidden />
        <p role="status" className="min-w-0 flex-1">
          <span className="font-semibold">{t(`canvas.attendance.${said}`, { name: holder.name })}</span>{' '}
          {t('canvas.attendance.latest')}
          {kept && <span className="block text-sm">{t('canvas.attendance.kept')}</span>}
        </p>
        <Others attending={attending} />
        <button type="button" className="btn" aria-disabled={busy} onClick={() => !busy && void takeOver()}>
          {t('canvas.attendance.take')}
        </button>
      </div>
      <figure className="min-h-0 flex-1" aria-label={t('flows.picture')}>
        <ReadingCanvas flow={answer.draft} words={words} package={tenant.package} problems={answer.problems} />
      </figure>
    </div>
  );
}
