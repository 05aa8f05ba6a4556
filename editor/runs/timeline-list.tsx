import { ChevronRight } from 'lucide-react';
import { memo, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../state/preferences.ts';
import { JsonTree } from '../ui/json-tree.tsx';
import { Moment } from '../ui/moment.tsx';
import { StepIcon } from '../ui/status.tsx';
import { useFormat } from '../ui/use-format.ts';
import { Technical } from './failure-card.tsx';
import { failureWords } from './failure-words.ts';
import { Thread, type Warps } from './threads.tsx';
import { type Entry, isOpen, loopPlace, type RunEntry, type StepEntry, stepName } from './timeline.ts';

/** Entries shown before one asks for the earlier ones. */
const SHOWN = 200;

export interface TimelineNames {
  /** Title of a step of the document. */
  readonly step: (name: string) => string;
  /** The system the step works in. */
  readonly system: (name: string) => string | undefined;
}

function Clock({ at }: { readonly at: number }) {
  const format = useFormat();
  return (
    <time className="text-muted" dateTime={new Date(at).toISOString()} title={format.full(at)}>
      {format.clock(at)}
    </time>
  );
}

const HOUR_MS = 3_600_000;

/** When a step is taken up again: to the second as long as one may sit and wait for it. */
function Later({ at, from }: { readonly at: number; readonly from: number }) {
  const format = useFormat();
  if (at - from >= HOUR_MS) return <Moment at={at} />;
  return <time dateTime={new Date(at).toISOString()}>{format.clock(at)}</time>;
}

/** The second line of a step: where, which attempt, what it waits for. */
function StepDetail({ entry, system }: { readonly entry: StepEntry; readonly system: string | undefined }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const parts: ReactNode[] = [];
  if (entry.failure) parts.push(failureWords(entry.failure, language).what.replace(/\.$/, ''));
  else if (system) parts.push(system);
  if (entry.attempt > 1) parts.push(t('runs.attempt', { count: entry.attempt }));
  if (entry.retryAt !== undefined)
    parts.push(
      <span key="retry">
        {t('runs.stepStates.retrying')} → <Later at={entry.retryAt} from={entry.at} />
      </span>,
    );
  if (entry.until !== undefined)
    parts.push(
      <span key="until">
        {t('runs.stepStates.waiting')} → <Later at={entry.until} from={entry.at} />
      </span>,
    );
  if (entry.unknown) parts.push(t('runs.events.outcomeUnknown'));
  if (entry.reference && isOpen(entry)) parts.push(t('runs.events.writing', { reference: entry.reference }));
  if (parts.length === 0) return null;
  return (
    <span className="num block text-xs text-muted">
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no names and keep their order
        <span key={index}>
          {index > 0 && ' · '}
          {part}
        </span>
      ))}
    </span>
  );
}

function Notes({ entry }: { readonly entry: StepEntry }) {
  const { t } = useTranslation();
  if (entry.notes.length === 0) return null;
  return (
    <ul className="mb-2">
      {entry.notes.map((note) => (
        <li key={`${note.at}${note.message}`} className="text-sm">
          <span className="text-xs text-muted">{t('runs.note')}</span> {note.message}
          {note.data && <JsonTree value={note.data} />}
        </li>
      ))}
    </ul>
  );
}

function Opened({ entry }: { readonly entry: StepEntry }) {
  const { t } = useTranslation();
  const hasOutput = entry.output && Object.keys(entry.output).length > 0;
  return (
    <div className="opened">
      <Notes entry={entry} />
      {entry.reason && <p className="quoted mb-2">{entry.reason}</p>}
      {entry.failure && <Technical failure={entry.failure} reference={entry.reference} />}
      {hasOutput && (
        <>
          <h3 className="text-xs font-medium text-muted">{t('runs.output')}</h3>
          <JsonTree value={entry.output} openTo={2} />
        </>
      )}
      {!entry.failure && !hasOutput && entry.phase === 'succeeded' && (
        <p className="text-xs text-muted">{t('runs.noOutput')}</p>
      )}
    </div>
  );
}

interface StepLineProps {
  readonly entry: StepEntry;
  readonly names: TimelineNames;
}

function StepLine({ entry, names }: StepLineProps) {
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const name = stepName(entry.path);
  const place = loopPlace(entry.path);
  const hasMore = [entry.output, entry.failure, entry.reason, entry.notes[0]].some((part) => part !== undefined);
  const tone = entry.phase === 'failed' ? 'tone-danger' : entry.phase === 'held' ? 'tone-warning' : '';
  const last = entry.notes.at(-1);
  const inside = (
    <>
      <Clock at={entry.at} />
      <span className="min-w-0 flex-1">
        <span className={`flex items-center gap-1.5 ${entry.failure ? 'font-semibold' : ''}`}>
          <StepIcon look={entry.phase} />
          <span className="min-w-0 truncate">{names.step(name)}</span>
          {place && <span className="badge">{place}</span>}
        </span>
        <StepDetail entry={entry} system={names.system(name)} />
        {isOpen(entry) && last && <span className="block truncate text-xs text-muted">{last.message}</span>}
      </span>
      <span className="num flex-none text-xs text-muted">
        {entry.ms === undefined ? '' : format.duration(entry.ms)}
      </span>
      <ChevronRight
        className={`i i-14 text-muted transition-transform ${open ? 'rotate-90' : ''} ${hasMore ? '' : 'invisible'}`}
        aria-hidden
      />
    </>
  );
  return (
    <div className={`what ${tone}`}>
      {hasMore ? (
        <button type="button" className="row1" aria-expanded={open} onClick={() => setOpen(!open)}>
          {inside}
        </button>
      ) : (
        <div className="row1">{inside}</div>
      )}
      {open && <Opened entry={entry} />}
    </div>
  );
}

function RunLine({ entry }: { readonly entry: RunEntry }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { event } = entry;
  const text = (): string => {
    switch (event.type) {
      case 'run.started':
        return event.attempt > 1 ? t('runs.events.startedAgain', { attempt: event.attempt }) : t('runs.events.started');
      case 'run.answered':
        return t('runs.events.answered', { status: event.status });
      case 'run.held':
        return t('runs.events.held');
      case 'run.resumed':
        if (event.decision === 'sent')
          return t('runs.events.resumedSent', { by: event.by, target: event.target ?? '' });
        return t(event.decision === 'resend' ? 'runs.events.resumedResend' : 'runs.events.resumedRetry', {
          by: event.by,
        });
      case 'run.cancelled':
        return t('runs.events.cancelled', { by: event.by });
      case 'run.stopped':
        return t('runs.events.stopped', { message: event.message });
      case 'run.ignored':
        return t('runs.events.ignored');
      case 'run.failed':
        return t('runs.events.failed');
      default:
        return t('runs.events.succeeded');
    }
  };
  const failure = 'failure' in event ? event.failure : undefined;
  const bold = event.type !== 'run.started' && event.type !== 'run.answered';
  return (
    <div className="what">
      <div className="row1">
        <Clock at={entry.at} />
        <span className="min-w-0 flex-1">
          <span className={bold ? 'font-semibold' : 'text-muted'}>{text()}</span>
          {failure && <span className="block text-xs text-muted">{failureWords(failure, language).what}</span>}
          {event.type === 'run.ignored' && (
            <span className="block text-xs text-muted">{event.reason ?? event.failure?.message}</span>
          )}
        </span>
      </div>
    </div>
  );
}

interface LineProps {
  readonly entry: Entry;
  readonly warps: Warps;
  readonly names: TimelineNames;
  readonly lit: boolean;
}

const Line = memo(function Line({ entry, warps, names, lit }: LineProps) {
  return (
    <li id={`event-${entry.seq}`} className={`enter ${lit ? 'lit' : ''}`}>
      <Thread entry={entry} warps={warps} />
      {entry.kind === 'step' ? <StepLine entry={entry} names={names} /> : <RunLine entry={entry} />}
    </li>
  );
});

interface TimelineProps {
  readonly entries: readonly Entry[];
  readonly warps: Warps;
  readonly names: TimelineNames;
  /** Step whose entries are marked. */
  readonly selected: string | undefined;
}

/** The run as it happened, oldest first; it grows at its end while the run goes on. */
export function Timeline({ entries, warps, names, selected }: TimelineProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(SHOWN);
  const hidden = Math.max(0, entries.length - shown);
  return (
    <>
      {hidden > 0 && (
        <div className="px-(--inset) py-2">
          <button type="button" className="btn" onClick={() => setShown(shown + SHOWN)}>
            {t('runs.earlier', { count: hidden })}
          </button>
        </div>
      )}
      <ol className="tl">
        {entries.slice(hidden).map((entry) => (
          <Line
            key={entry.seq}
            entry={entry}
            warps={warps}
            names={names}
            lit={selected !== undefined && entry.kind === 'step' && stepName(entry.path) === selected}
          />
        ))}
      </ol>
    </>
  );
}
