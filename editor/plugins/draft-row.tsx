import { Link } from '@tanstack/react-router';
import { PencilLine } from 'lucide-react';
import { useState } from 'react';
import type { PluginDraftSummary } from '#runtime/protocol.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Moment } from '../ui/moment.tsx';
import { discardDraft } from './plugin-calls.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { usePluginChange } from './use-plugin-change.ts';

/** Asks, and then throws a draft away. */
export function Discard({ draft }: { readonly draft: PluginDraftSummary }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const [asking, setAsking] = useState(false);
  const name = draft.title[language];
  const discard = usePluginChange(discardDraft, () => t('discarded', { name }));
  return (
    <>
      <button type="button" className="btn" aria-disabled={discard.isPending} onClick={() => setAsking(true)}>
        {t('discard')}
        <span className="sr-only"> {name}</span>
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('discardTitle', { name })}
        body={t('discardBody')}
        action={t('discard')}
        danger
        busy={discard.isPending}
        onConfirm={() => {
          setAsking(false);
          discard.mutate(draft.id);
        }}
      />
    </>
  );
}

/** A plugin that is only being written. */
export function DraftRow({ draft }: { readonly draft: PluginDraftSummary }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const tenant = useTenant();
  return (
    <li className="item flex-wrap gap-y-2!">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link
            to="/a/$account/plugins/$plugin"
            params={{ account: String(tenant.id), plugin: draft.id }}
            className="font-semibold"
          >
            {draft.title[language]}
          </Link>
          <span className="chip draft">
            <PencilLine className="i i-12" aria-hidden />
            {t('draftChip')}
          </span>
          <span className="mono text-sm text-muted">{draft.id}</span>
        </div>
        <p className="text-sm text-muted">
          {t('draftBy', { who: draft.changedBy })} <Moment at={draft.changedAt} />
        </p>
      </div>
      <Discard draft={draft} />
      <Link to="/a/$account/plugins/$plugin" params={{ account: String(tenant.id), plugin: draft.id }} className="btn">
        {t('write')}
        <span className="sr-only"> {draft.title[language]}</span>
      </Link>
    </li>
  );
}
