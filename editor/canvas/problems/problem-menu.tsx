import { Popover } from '@base-ui/react/popover';
import { CircleX, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';
import { useFlow } from '../session.ts';
import { ProblemCount, stepOf } from './problem-count.tsx';

interface ProblemRowsProps {
  readonly flow: FlowDocument;
  readonly problems: readonly Problem[];
  readonly words: StepWords;
  readonly onGo: (step: string, field: string | undefined) => void;
}

/** Everything wrong, errors first; each line leads to its step and field. */
export function ProblemRows({ flow, problems, words, onGo }: ProblemRowsProps) {
  const { t } = useTranslation();
  const ordered = problems.toSorted(
    (one, other) => Number(one.severity === 'warning') - Number(other.severity === 'warning'),
  );
  return (
    <ul className="problem-rows">
      {ordered.map((problem, index) => {
        const id = stepOf(problem, flow);
        const node = flow.nodes.find((each) => each.id === id);
        const Icon = problem.severity === 'error' ? CircleX : TriangleAlert;
        const icon = (
          <Icon
            className={`i ${problem.severity === 'error' ? 'text-danger' : 'text-warning'}`}
            aria-label={t(`flows.${problem.severity}`)}
          />
        );
        const text = (
          <span className="min-w-0 flex-1 text-left">
            <span className="block font-medium">{problem.message[words.language]}</span>
            {node && <span className="block text-xs text-muted">{stepTitle(node, words)}</span>}
          </span>
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be the same in all but their place
          <li key={index}>
            {node ? (
              <button type="button" className="problem-row" onClick={() => onGo(node.id, problem.field)}>
                {icon}
                {text}
              </button>
            ) : (
              <div className="problem-row">
                {icon}
                {text}
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The rows of the flow that is edited. */
function Rows(props: Omit<ProblemRowsProps, 'flow'>) {
  return <ProblemRows {...props} flow={useFlow()} />;
}

/** What is wrong, opened from how much is. */
export function ProblemMenu({ problems, words, onGo }: Omit<ProblemRowsProps, 'flow'>) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(true);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="btn ghost problem-chip">
        <ProblemCount problems={problems} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="floating">
          <Popover.Popup className="menu problem-menu" aria-label={t('flows.problems')}>
            {problems.length === 0 ? (
              <p className="px-4 py-3 text-sm text-muted">{t('flows.noProblems')}</p>
            ) : (
              <Rows
                problems={problems}
                words={words}
                onGo={(step, field) => {
                  setOpen(false);
                  onGo(step, field);
                }}
              />
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
