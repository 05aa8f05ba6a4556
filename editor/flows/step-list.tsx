import { useTranslation } from 'react-i18next';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import { FAILED_PORT } from '#runtime/node.ts';
import type { Problem } from '#runtime/protocol.ts';
import { SystemMark } from '../ui/system-mark.tsx';
import { Tile } from '../ui/tile.tsx';
import { linksOf, stepOrder } from './order.ts';
import { portName, type StepWords, stepEffect, stepSystem, stepTitle } from './step-words.ts';

interface StepListProps {
  readonly flow: FlowDocument;
  readonly words: StepWords;
  readonly problems: readonly Problem[];
}

/** Whether the way out says something: the only one of a step does not. */
function isOneOfSeveral(source: FlowNode, port: string, words: StepWords): boolean {
  const manifest = words.nodes?.get(source.type);
  const ways = manifest?.outputs.filter(({ name }) => name !== FAILED_PORT).length ?? 0;
  return port === FAILED_PORT || manifest?.portsFrom !== undefined || ways > 1;
}

/** The steps in order, each with what it follows: the flow for those who do not see the picture, and on a phone. */
export function StepList({ flow, words, problems }: StepListProps) {
  const { t } = useTranslation();
  const byId = new Map(flow.nodes.map((node) => [node.id, node]));
  const links = linksOf(flow);
  const follows = (id: string, starts: boolean) => {
    const names = links
      .filter((link) => link.to === id)
      .map((link) => {
        const source = byId.get(link.from);
        if (!source) return link.from;
        const title = stepTitle(source, words);
        return isOneOfSeveral(source, link.port, words) ? `${title} (${portName(source, link.port, words)})` : title;
      });
    if (names.length === 0) return starts && t('flows.starts');
    return t('flows.follows', { names: [...new Set(names)].join(', ') });
  };
  return (
    <ol>
      {stepOrder(flow).map((node) => {
        const manifest = words.nodes?.get(node.type);
        const effect = stepEffect(node, words, t);
        const system = stepSystem(node, words);
        const mine = problems.filter((problem) => problem.step === node.id);
        return (
          <li key={node.id} id={`step-${node.id}`} className="item hover:bg-transparent!">
            <Tile manifest={manifest} size="s24" />
            <div className="min-w-0 flex-1">
              <div className="flex flex-wrap items-center gap-x-2">
                <span className={`font-semibold ${node.disabled ? 'line-through opacity-60' : ''}`}>
                  {stepTitle(node, words)}
                </span>
                {effect && <span className="tag mr-0!">{effect}</span>}
                {node.disabled && <span className="chip">{t('flows.disabled')}</span>}
              </div>
              <div className="text-xs text-muted">
                {[manifest && t(`flows.kind.${manifest.group}`), follows(node.id, manifest?.starts !== undefined)]
                  .filter(Boolean)
                  .join(' · ')}
              </div>
              {mine.map((problem) => (
                <p
                  key={`${problem.code}${problem.field ?? ''}`}
                  className={`mt-1 text-xs ${problem.severity === 'error' ? 'text-danger' : 'text-warning'}`}
                >
                  {problem.message[words.language]}
                </p>
              ))}
            </div>
            {system && (
              <span className="flex items-center gap-2 text-sm text-muted">
                <span className="wide-only">{system.title}</span>
                <SystemMark name={system.kind} size="s" />
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
