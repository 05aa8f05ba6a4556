import { Popover } from '@base-ui/react/popover';
import { Pencil } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { describe } from '../edit/document-edits.ts';
import { useSession, useSessionState } from '../session.ts';

/** What the flow is called and what it is for. */
export function FlowAbout() {
  const { t } = useTranslation();
  const session = useSession();
  const called = useSessionState((state) => state.history.present.name);
  const summary = useSessionState((state) => state.history.present.summary);
  const id = useId();
  const [name, setName] = useState(called);
  useEffect(() => setName(called), [called]);
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger
        className="btn ghost icon s28"
        aria-label={t('canvas.about.title')}
        title={t('canvas.about.title')}
      >
        <Pencil className="i i-14" aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="start" className="floating">
          <Popover.Popup className="menu flow-about" aria-label={t('canvas.about.title')}>
            <div className="field">
              <label htmlFor={`${id}-name`}>{t('flows.name')}</label>
              <input
                id={`${id}-name`}
                className="input"
                value={name}
                maxLength={120}
                autoComplete="off"
                aria-invalid={name.trim() === ''}
                onChange={(event) => {
                  setName(event.target.value);
                  session.perform(describe({ name: event.target.value }));
                }}
                onBlur={() => setName(session.flow().name)}
              />
            </div>
            <div className="field">
              <label htmlFor={`${id}-summary`}>{t('canvas.about.summary')}</label>
              <textarea
                id={`${id}-summary`}
                className="input h-auto! py-2"
                rows={3}
                value={summary}
                maxLength={1000}
                onChange={(event) => session.perform(describe({ summary: event.target.value }))}
              />
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
