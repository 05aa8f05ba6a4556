import { Lock } from 'lucide-react';
import { useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeManifest } from '#runtime/node.ts';
import type { Package } from '#runtime/package.ts';
import type { Language } from '../../state/preferences.ts';
import { Tile } from '../../ui/tile.tsx';
import { Example } from '../panel/about-step.tsx';

interface LockedChoiceProps {
  readonly node: NodeManifest;
  readonly needed: Package;
  readonly customer: { readonly name: string; readonly package: Package };
  /** The node that does part of the work and is within the package. */
  readonly instead: NodeManifest | undefined;
  readonly language: Language;
  readonly onInstead: () => void;
  readonly onBack: () => void;
}

/** A mail to whoever sells the package, with what it is about written already. */
function useRequest({ node, needed, customer, language }: LockedChoiceProps): string {
  const { t } = useTranslation();
  const words = {
    customer: customer.name,
    node: node.title[language],
    needed: t(`shell.packagesWithin.${needed}`),
    owned: t(`shell.packagesWithin.${customer.package}`),
  };
  const subject = encodeURIComponent(t('canvas.picker.askSubject', words));
  return `mailto:?subject=${subject}&body=${encodeURIComponent(t('canvas.picker.askBody', words))}`;
}

/** A node the customer's package lacks: what it does, why it is locked, and the ways on. */
export function LockedChoice(props: LockedChoiceProps) {
  const { node, needed, customer, instead, language, onInstead, onBack } = props;
  const { t } = useTranslation();
  const id = useId();
  const card = useRef<HTMLDivElement>(null);
  const request = useRequest(props);
  const [example] = node.examples;
  useEffect(() => card.current?.focus(), []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div
      ref={card}
      tabIndex={-1}
      className="picker-locked"
      role="group"
      aria-labelledby={id}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onBack();
      }}
    >
      <div className="flex items-center gap-2.5">
        <Tile manifest={node} size="s24" />
        <p id={id} className="min-w-0 flex-1 font-semibold">
          {node.title[language]}
        </p>
        <span className="chip line">
          <Lock className="i i-12" aria-hidden />
          {t(`shell.packages.${needed}`)}
        </span>
      </div>
      <p>{node.summary[language]}</p>
      <p className="font-semibold">
        {t('canvas.picker.locked', {
          needed: t(`shell.packagesWithin.${needed}`),
          owned: t(`shell.packagesWithin.${customer.package}`),
        })}
      </p>
      {example && <Example example={example} language={language} />}
      <div className="flex flex-wrap gap-2 pt-1">
        <a className="btn primary" href={request}>
          {t('canvas.picker.ask')}
        </a>
        {instead && (
          <button type="button" className="btn" onClick={onInstead}>
            {t('canvas.picker.instead', { node: instead.title[language] })}
          </button>
        )}
        <button type="button" className="btn ghost" onClick={onBack}>
          {t('canvas.picker.back')}
        </button>
      </div>
    </div>
  );
}
