import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { endOf, type FlowDocument } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';

/** The step a problem is at: its own, or the one its wire comes from. */
export function stepOf(problem: Problem, flow: FlowDocument): string | undefined {
  if (problem.step !== undefined) return problem.step;
  const wire = problem.wire === undefined ? undefined : flow.wires[problem.wire];
  return wire && endOf(wire.from)[0];
}

/** How much is wrong, in the bar. */
export function ProblemCount({ problems }: { readonly problems: readonly Problem[] }) {
  const { t } = useTranslation();
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  return (
    <>
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
    </>
  );
}
