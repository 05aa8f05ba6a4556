import { useTranslation } from 'react-i18next';
import type { ConnectorSummary } from '#runtime/protocol.ts';
import { entityName } from '../runs/record-name.ts';
import { usePreferences } from '../state/preferences.ts';

/** How the system’s changes are noticed, kind by kind. */
function Changes({ changes }: { readonly changes: ConnectorSummary['changes'] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return null;
  return (
    <div>
      <h3 className="text-sm font-semibold">{t('connections.changes')}</h3>
      <ul className="text-sm text-muted">
        {changes.map(({ entity, webhook, poll }) => (
          <li key={entity}>
            {entityName(entity, t)}:{' '}
            {[
              webhook ? t('connections.told') : '',
              poll ? t(`connections.asked.${poll.brings}`, { minutes: poll.everyMs / 60_000 }) : '',
            ]
              .filter((text) => text !== '')
              .join('; ')}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the system cannot do, in words, so that nobody draws a flow that waits for it. */
export function Abilities({ connector }: { readonly connector: ConnectorSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const reasons = [...new Set(Object.values(connector.cannot).map((sentence) => sentence[language]))];
  return (
    <div className="flex flex-col gap-4">
      <div>
        <h3 className="text-sm font-semibold">{t('connections.cannot', { system: connector.title })}</h3>
        {connector.offers.length === 0 ? (
          <p className="text-sm text-muted">{t('connections.bySettings')}</p>
        ) : (
          <ul className="list-disc pl-4 text-sm text-muted">
            {reasons.length === 0 && <li>{t('connections.cannotNone')}</li>}
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </div>
      <Changes changes={connector.changes} />
    </div>
  );
}
