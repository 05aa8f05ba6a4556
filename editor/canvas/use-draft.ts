import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { FLOW_LIMITS, type FlowDocument } from '#runtime/flow.ts';
import type { FlowAnswer, Problem } from '#runtime/protocol.ts';
import { saveDraft } from '../api/actions.ts';
import { ApiError } from '../api/call.ts';
import { refreshFlow, sessionQuery } from '../api/queries.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import type { Attending } from './draft/attending.ts';
import { beginDraft, createDraftKeeper, type DraftKeeper, draftPlace } from './draft/keeper.ts';
import { usePen } from './draft/use-attending.ts';
import { replaceWith } from './edit/document-edits.ts';
import { createSession, type Session } from './session.ts';

interface Begun {
  readonly session: Session;
  readonly keeper: DraftKeeper;
  /** Something was not saved the last time, and is here again. */
  readonly recovered: boolean;
}

/** A session that goes on where the person left off: with what was not saved the last time, if anything. */
function begin(
  answer: FlowAnswer,
  tenant: number,
  user: string,
  save: (basedOn: number, document: FlowDocument) => Promise<{ revision: number }>,
  onFull: () => void,
): Begun {
  const place = draftPlace(user, tenant, answer.flow.id);
  const { document, base, revision, recovered } = beginDraft(place, {
    revision: answer.flow.revision,
    document: answer.draft,
  });
  const keeper = createDraftKeeper({ revision, document: answer.draft, base, place, save });
  return { session: createSession(document, onFull), keeper, recovered };
}

/** What the server said of the draft, with the document it said it of. */
export interface ServerView {
  readonly problems: readonly Problem[];
  readonly document: FlowDocument;
}

/** The draft of a flow: edited here, kept here, saved there, and the newest of the two when both changed. */
export function useDraft(answer: FlowAnswer, tenant: number, user: string, attending: Attending) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const flowId = answer.flow.id;
  const [begun] = useState(() => {
    const save = async (basedOn: number, document: FlowDocument) => {
      try {
        const summary = await saveDraft(tenant, flowId, { basedOn, document, tab: attending.tab });
        void refreshFlow(client, tenant, flowId);
        return summary;
      } catch (error) {
        // whoever is no longer signed in is asked to sign in again; what was not saved waits in this browser
        if (error instanceof ApiError && error.status === 401)
          void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
        throw error;
      }
    };
    return begin(answer, tenant, user, save, () => sayFailed({ title: t('canvas.full', FLOW_LIMITS) }));
  });
  const { session, keeper, recovered } = begun;
  const [server, setServer] = useState<ServerView>({ problems: answer.problems, document: answer.draft });

  useEffect(() => {
    const stop = session.store.subscribe((state, before) => {
      if (state.history.present !== before.history.present) keeper.edited(state.history.present);
    });
    keeper.edited(session.flow());
    if (recovered) sayDone({ title: t('canvas.draft.recovered') });
    const again = () => void keeper.flush();
    window.addEventListener('online', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      stop();
      void keeper.flush();
      keeper.stop();
      window.removeEventListener('online', again);
      document.removeEventListener('visibilitychange', again);
    };
  }, [session, keeper, recovered, t]);

  usePen(attending, keeper);
  // each on its own: every frame of a drag is an edit the keeper hears of, and changes neither
  const status = useStore(keeper.store, (state) => state.status);
  const revision = useStore(keeper.store, (state) => state.revision);
  useEffect(() => {
    // as it is now: what was recovered a moment ago is not saved, and must not be taken for it
    if (status !== 'saved' || keeper.store.getState().status !== 'saved') return;
    if (answer.flow.revision === revision) {
      setServer({ problems: answer.problems, document: session.flow() });
    } else if (answer.flow.revision > revision) {
      keeper.settle(answer.flow.revision, answer.draft);
      session.perform(replaceWith(answer.draft, 'take'));
      setServer({ problems: answer.problems, document: answer.draft });
      sayDone({ title: t('canvas.draft.taken') });
    }
  }, [answer, status, revision, session, keeper, t]);
  return { session, keeper, server, status };
}
