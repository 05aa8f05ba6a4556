import { Check, CircleX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import { type StepWords, stepTitle } from './step-words.ts';

interface ProblemListProps {
  readonly flow: FlowDocument;
  readonly problems: readonly Problem[];
  readonly words: StepWords;
}

/** What is wrong with the draft, errors first, each leading to its step. */
export function ProblemList({ flow, problems, words }: ProblemListProps) {
  const { t } = useTranslation();
  if (problems.length === 0)
    return (
      <p className="item text-sm text-muted hover:bg-transparent!">
        <Check className="i text-success" aria-hidden />
        {t('flows.noProblems')}
      </p>
    );
  const ordered = [...problems].sort(
    (one, other) => Number(one.severity === 'warning') - Number(other.severity === 'warning'),
  );
  return (
    <ul>
      {ordered.map((problem, index) => {
        const node = flow.nodes.find((each) => each.id === problem.step);
        const Icon = problem.severity === 'error' ? CircleX : TriangleAlert;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: two problems may be the same in all but their place
          <li key={index} className="item hover:bg-transparent!">
            <Icon
              className={`i mt-0.5 self-start ${problem.severity === 'error' ? 'text-danger' : 'text-warning'}`}
              aria-label={t(`flows.${problem.severity}`)}
            />
            <div className="min-w-0 flex-1">
              <span className="block font-medium">{problem.message[words.language]}</span>
              <span className="block text-xs text-muted">
                {node && (
                  <a href={`#step-${node.id}`} className="link">
                    {stepTitle(node, words)}
                  </a>
                )}
                {problem.field && <span className="mono"> {problem.field}</span>}
              </span>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
