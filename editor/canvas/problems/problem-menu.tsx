import { Popover } from '@base-ui/react/popover';
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { endOf, type FlowDocument } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';

/** The step a problem is at: its own, or the one its wire comes from. */
export function stepOf(problem: Problem, flow: FlowDocument): string | undefined {
  if (problem.step !== undefined) return problem.step;
  const wire = problem.wire === undefined ? undefined : flow.wires[problem.wire];
  return wire && endOf(wire.from)[0];
}

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

/** How much is wrong, in the bar; opened, what. */
export function ProblemMenu({ flow, problems, words, onGo }: ProblemRowsProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="btn ghost problem-chip">
        {errors > 0 ? (
          <CircleX className="i text-danger" aria-hidden />
        ) : (
          <CircleCheck className="i text-success" aria-hidden />
        )}
        <span className="num text-text">{t('flows.errors', { count: errors })}</span>
        {warnings > 0 && (
          <>
            <TriangleAlert className="i ml-1 text-warning" aria-hidden />
            <span className="num text-text">{t('flows.warnings', { count: warnings })}</span>
          </>
        )}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="floating">
          <Popover.Popup className="menu problem-menu" aria-label={t('flows.problems')}>
            {problems.length === 0 ? (
              <p className="px-4 py-3 text-sm text-muted">{t('flows.noProblems')}</p>
            ) : (
              <ProblemRows
                flow={flow}
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
