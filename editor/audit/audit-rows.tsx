import { ChevronDown } from 'lucide-react';
import { Fragment, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditLine } from '#runtime/audit.ts';
import { Moment } from '../ui/moment.tsx';

type Side = Readonly<Record<string, unknown>>;

/** A side as its fields; what was cut and so is no JSON any more is told as it is. */
function sideOf(text: string | null): Side {
  if (text === null) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Side) : { '': parsed };
  } catch {
    return { '': text };
  }
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Value({ value }: { readonly value: unknown }) {
  const { t } = useTranslation();
  if (value === undefined || value === null || value === '')
    return <span className="text-muted">{t('audit.nothing')}</span>;
  return <span className="mono break-all">{wordsOf(value)}</span>;
}

function Details({ line }: { readonly line: AuditLine }) {
  const { t } = useTranslation();
  const [before, after] = [sideOf(line.before), sideOf(line.after)];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1 py-2 text-sm whitespace-normal">
      {line.note !== null && (
        <>
          <dt className="text-muted">{t('audit.note')}</dt>
          <dd>{line.note}</dd>
        </>
      )}
      {fields.map((field) => (
        <Fragment key={field}>
          <dt className="text-muted">{field}</dt>
          <dd>
            {line.before !== null && (
              <>
                <Value value={before[field]} /> →{' '}
              </>
            )}
            <Value value={after[field]} />
          </dd>
        </Fragment>
      ))}
      <dt className="text-muted">id</dt>
      <dd className="mono break-all">{line.subject === '' ? '–' : line.subject}</dd>
    </dl>
  );
}

function Row({ line }: { readonly line: AuditLine }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const id = useId();
  const deed = t(`audit.actions.${line.action}`);
  return (
    <>
      <tr>
        <td className="w-full max-w-0">
          <button
            type="button"
            className="row-link flex w-full min-w-0 items-center gap-2 text-left"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
          >
            <ChevronDown className={`i i-14 flex-none text-muted ${open ? '' : '-rotate-90'}`} aria-hidden />
            <span className="min-w-0 truncate">
              {deed} <span className="font-semibold">{line.title}</span>
            </span>
          </button>
          <div className="truncate pl-5.5 text-xs text-muted phone:hidden">{line.actor}</div>
        </td>
        <td className="hidden max-w-65 phone:table-cell">
          <div className="truncate">{line.actor}</div>
          {line.ip !== null && (
            <div className="num truncate text-xs text-muted">{t('audit.from', { address: line.ip })}</div>
          )}
        </td>
        <td className="num text-muted">
          <Moment at={line.at} />
        </td>
      </tr>
      <tr id={id} hidden={!open}>
        <td colSpan={3} className="pl-[calc(var(--inset)+22px)]!">
          {open && <Details line={line} />}
        </td>
      </tr>
    </>
  );
}

/** Lines of the log, newest first; each opens to what was before and after. */
export function AuditRows({ lines }: { readonly lines: readonly AuditLine[] }) {
  const { t } = useTranslation();
  return (
    <table className="tbl">
      <caption className="sr-only">{t('audit.title')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('audit.what')}</th>
          <th scope="col" className="hidden phone:table-cell">
            {t('audit.who')}
          </th>
          <th scope="col" className="num">
            {t('audit.when')}
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Row key={line.seq} line={line} />
        ))}
      </tbody>
    </table>
  );
}
