import { ChevronRight } from 'lucide-react';
import { createContext, useContext, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CutValue } from '#runtime/protocol.ts';
import { useFormat } from './use-format.ts';

/** Children shown before one asks for more. */
const PAGE = 50;
const INDENT = 16;

/** Fetches the whole of a value that stands shortened in a tree; null where that cannot be done. */
export const WholeValue = createContext<((cut: object) => Promise<void>) | null>(null);

type Branch = readonly (readonly [string, unknown])[];

function childrenOf(value: unknown): Branch | undefined {
  if (Array.isArray(value)) return value.map((child, index) => [String(index), child] as const);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  return undefined;
}

/** Blanks at the ends of a text break matches and cannot be seen: they are drawn. */
function Text({ value }: { readonly value: string }) {
  const [, before = '', middle = '', after = ''] = /^(\s*)([\s\S]*?)(\s*)$/.exec(value) ?? [];
  return (
    <span className="tok-text">
      "{before && <Blanks text={before} />}
      {middle}
      {after && <Blanks text={after} />}"
    </span>
  );
}

function Blanks({ text }: { readonly text: string }) {
  return <span className="blank">{text.replace(/ /g, '␣').replace(/\n/g, '⏎').replace(/\t/g, '⇥')}</span>;
}

function isCut(value: unknown): value is CutValue {
  return typeof value === 'object' && value !== null && '$cut' in value && CutValue.safeParse(value).success;
}

const PREVIEW = 300;

/** A long value: its beginning, and a way to the rest. */
function Cut({ value }: { readonly value: CutValue }) {
  const { t } = useTranslation();
  const format = useFormat();
  const fetchWhole = useContext(WholeValue);
  const [asked, setAsked] = useState(false);
  const { size, preview } = value.$cut;
  const ask = async () => {
    if (asked) return;
    setAsked(true);
    await fetchWhole?.(value);
    setAsked(false);
  };
  return (
    <span className="min-w-0 flex-1">
      <span className="block break-all text-muted">{preview.slice(0, PREVIEW)}…</span>
      {fetchWhole && (
        <button type="button" className="link text-xs" aria-disabled={asked} onClick={() => void ask()}>
          {asked ? t('runs.loadingMore') : t('runs.wholeValue', { size: format.number(size) })}
        </button>
      )}
    </span>
  );
}

function Leaf({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') return <Text value={value} />;
  if (typeof value === 'number') return <span className="tok-number">{String(value)}</span>;
  return <span className="tok-word">{String(value)}</span>;
}

function summary(value: unknown, children: Branch): string {
  if (Array.isArray(value)) return `[ ${children.length} ]`;
  const names = children.slice(0, 3).map(([name]) => name);
  return children.length === 0 ? '{ }' : `{ ${names.join(', ')}${children.length > 3 ? ', …' : ''} }`;
}

interface RowProps {
  readonly name: string;
  readonly value: unknown;
  readonly depth: number;
  readonly openTo: number;
}

function Row({ name, value, depth, openTo }: RowProps) {
  const { t } = useTranslation();
  const cut = isCut(value);
  const children = cut ? undefined : childrenOf(value);
  const [open, setOpen] = useState(depth < openTo);
  const indent = { paddingLeft: depth * INDENT };
  if (!children || children.length === 0)
    return (
      <li className="jr" style={indent}>
        <span className="jk pl-4.5">{name}</span>
        {cut ? (
          <Cut value={value} />
        ) : children ? (
          <span className="text-muted">{summary(value, children)}</span>
        ) : (
          <Leaf value={value} />
        )}
      </li>
    );
  return (
    <li>
      <div className="jr" style={indent}>
        <button
          type="button"
          className="jk"
          aria-expanded={open}
          aria-label={open ? t('runs.fold', { name }) : t('runs.expand', { name })}
          onClick={() => setOpen(!open)}
        >
          <ChevronRight className={`i i-14 ${open ? 'rotate-90' : ''}`} aria-hidden />
          {name}
        </button>
        <span className="text-muted">
          {open ? (Array.isArray(value) ? `[ ${children.length} ]` : '') : summary(value, children)}
        </span>
      </div>
      {open && <Rows branch={children} depth={depth + 1} openTo={openTo} />}
    </li>
  );
}

function Rows({ branch, depth, openTo }: { readonly branch: Branch; readonly depth: number; readonly openTo: number }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(PAGE);
  const hidden = branch.length - shown;
  return (
    <ul>
      {branch.slice(0, shown).map(([name, value]) => (
        <Row key={name} name={name} value={value} depth={depth} openTo={openTo} />
      ))}
      {hidden > 0 && (
        <li style={{ paddingLeft: depth * INDENT }}>
          <button type="button" className="link text-xs" onClick={() => setShown(shown + PAGE)}>
            {t('runs.cut', { count: Math.min(hidden, PAGE) })}
          </button>
        </li>
      )}
    </ul>
  );
}

/** Any value as a tree that folds; every string is text, never markup. */
export function JsonTree({ value, openTo = 1 }: { readonly value: unknown; readonly openTo?: number }) {
  const children = childrenOf(value);
  return (
    <div className="code jt">
      {children ? <Rows branch={children} depth={0} openTo={openTo} /> : <Leaf value={value} />}
    </div>
  );
}
