import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { JsonObject } from '#runtime/json.ts';
import type { PluginDraft } from '#runtime/protocol.ts';
import { ApiError } from '../api/call.ts';
import { sessionQuery } from '../api/queries.ts';
import { beginDraft, createDraftKeeper, type DraftKeeper, draftPlace } from '../canvas/draft/keeper.ts';
import { sayDone } from '../ui/notices.ts';
import { pluginsQuery, saveDraft } from './plugin-calls.ts';
import { usePluginTexts } from './plugin-texts.ts';

export interface WrittenPlugin {
  readonly document: JsonObject;
  readonly keeper: DraftKeeper<JsonObject>;
  readonly status: ReturnType<DraftKeeper['store']['getState']>['status'];
  change(document: JsonObject): void;
  /** Another revision is what one goes on from. */
  take(revision: number, document: JsonObject): void;
}

/** A plugin that is being written: kept here at once and saved a moment later, never over what somebody else saved. */
export function usePluginDraft(answer: PluginDraft, tenant: number, user: string): WrittenPlugin {
  const { t } = usePluginTexts();
  const client = useQueryClient();
  const { id } = answer;
  const [begun] = useState(() => {
    const place = draftPlace(user, tenant, `plugin.${id}`);
    const { document, base, revision, recovered } = beginDraft(place, answer, JsonObject);
    const keeper = createDraftKeeper<JsonObject>({
      revision,
      document: answer.document,
      base,
      place,
      save: async (basedOn, document) => {
        try {
          const saved = await saveDraft(tenant, id, { basedOn, document });
          void client.invalidateQueries({ queryKey: pluginsQuery(tenant).queryKey });
          return saved;
        } catch (error) {
          // whoever is no longer signed in is asked to sign in again; what was not saved waits in this browser
          if (error instanceof ApiError && error.status === 401)
            void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
          throw error;
        }
      },
    });
    return { keeper, recovered, document };
  });
  const { keeper, recovered } = begun;
  const [document, setDocument] = useState(begun.document);
  const status = useStore(keeper.store, (state) => state.status);

  useEffect(() => {
    keeper.edited(begun.document);
    if (recovered) sayDone({ title: t('author.recovered') });
    const again = () => void keeper.flush();
    window.addEventListener('online', again);
    window.document.addEventListener('visibilitychange', again);
    return () => {
      void keeper.flush();
      keeper.stop();
      window.removeEventListener('online', again);
      window.document.removeEventListener('visibilitychange', again);
    };
  }, [keeper, recovered, begun, t]);

  const change = useCallback(
    (next: JsonObject) => {
      setDocument(next);
      keeper.edited(next);
    },
    [keeper],
  );
  const take = useCallback(
    (revision: number, next: JsonObject) => {
      keeper.settle(revision, next);
      setDocument(next);
    },
    [keeper],
  );
  return { document, keeper, status, change, take };
}
