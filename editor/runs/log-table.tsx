import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunEvent } from '#runtime/event.ts';
import { JsonTree } from '../ui/json-tree.tsx';
import { useFormat } from '../ui/use-format.ts';

const SHOWN = 200;

/** What an event holds beyond its head. */
function bodyOf(event: RunEvent): Record<string, unknown> {
  const { type: _type, seq: _seq, at: _at, ...rest } = event;
  return rest;
}

/** The log itself, line by line as it was committed, for support. */
export function LogTable({ events }: { readonly events: readonly RunEvent[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [shown, setShown] = useState(SHOWN);
  const hidden = Math.max(0, events.length - shown);
  return (
    <div className="px-(--inset) pb-6">
      {hidden > 0 && (
        <button type="button" className="btn my-2" onClick={() => setShown(shown + SHOWN)}>
          {t('runs.earlier', { count: hidden })}
        </button>
      )}
      <ol className="code">
        {events.slice(hidden).map((event) => (
          <li key={event.seq} className="flex gap-3 border-b border-hair py-1">
            <span className="num w-8 flex-none text-right text-muted">{event.seq}</span>
            <time className="flex-none" dateTime={new Date(event.at).toISOString()}>
              {format.clock(event.at)}
            </time>
            <span className="min-w-0 flex-1">
              {event.type}
              <JsonTree value={bodyOf(event)} openTo={0} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
