import { useTranslation } from 'react-i18next';
import type { Json } from '#runtime/json.ts';
import type { NodeManifest, Port } from '#runtime/node.ts';
import type { Language } from '../../state/preferences.ts';
import { JsonTree } from '../../ui/json-tree.tsx';

interface AboutStepProps {
  readonly manifest: NodeManifest;
  readonly language: Language;
}

function PortRows({
  title,
  ports,
  language,
}: {
  readonly title: string;
  readonly ports: readonly Port[];
  readonly language: Language;
}) {
  const { t } = useTranslation();
  if (ports.length === 0) return null;
  return (
    <>
      <h3 className="mt-2 text-xs text-muted">{title}</h3>
      <ul>
        {ports.map((port) => (
          <li key={port.name} className="flex items-baseline gap-2 py-0.5 text-sm">
            <span className="font-medium">{port.title?.[language] ?? port.name}</span>
            <span className="code text-muted">{port.type}</span>
            {port.required && title === t('canvas.panel.inputs') && (
              <span className="text-xs text-muted">{t('canvas.panel.required')}</span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

/** What comes out of a node for what went in, folded. */
export function Example({
  example,
  language,
}: {
  readonly example: NodeManifest['examples'][number];
  readonly language: Language;
}) {
  const { t } = useTranslation();
  return (
    <details className="example">
      <summary>{t('canvas.panel.example', { title: example.title[language] })}</summary>
      {(['config', 'input', 'output'] as const).map((part) => (
        <div key={part} className="mt-1">
          <p className="text-xs text-muted">{t(`canvas.panel.${part}`)}</p>
          <JsonTree value={example[part] as Json} />
        </div>
      ))}
    </details>
  );
}

/** What the node says about itself: its purpose, its ports, and examples that are tests at the same time. */
export function AboutStep({ manifest, language }: AboutStepProps) {
  const { t } = useTranslation();
  return (
    <details className="about">
      <summary>{t('canvas.panel.about')}</summary>
      <p className="mt-2 text-sm">{manifest.summary[language]}</p>
      <PortRows title={t('canvas.panel.inputs')} ports={manifest.inputs} language={language} />
      <PortRows title={t('canvas.panel.outputs')} ports={manifest.outputs} language={language} />
      {manifest.examples.map((example) => (
        <Example key={example.title.en} example={example} language={language} />
      ))}
    </details>
  );
}
