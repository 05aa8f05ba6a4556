import type { Catalog } from '#runtime/catalog.ts';
import { FlowError, fieldPath } from '#runtime/error.ts';
import { expressionsOf, plainPath, readExpression } from '#runtime/expression.ts';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';
import { type AnyNode, openConfig } from '#runtime/node.ts';
import type { Problem } from '#runtime/protocol.ts';
import type { SandboxPool } from './sandbox-pool.ts';
import type { GuestResult } from './sandbox-protocol.ts';

type CodeCheck = (tenant: number, document: FlowDocument, catalog: Catalog) => Promise<readonly Problem[]>;

const MOST_KEPT = 500;
/** Of a draft with more of them there is enough to mend. */
const MOST_PROBLEMS = 200;

/** Says of the code and the expressions of a flow what only compiling them can tell; what was said of a text is kept. */
export function createCodeCheck({ pool }: { readonly pool: SandboxPool }): CodeCheck {
  const kept = new Map<string, string | null>();

  /** What is wrong with a text; null when nothing is. A sandbox that cannot be had finds nothing. */
  const faultOf = async (key: string, ask: () => Promise<GuestResult>): Promise<string | null> => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const result = await ask().catch(() => null);
    if (!result) return null;
    const place = result.line === undefined ? '' : `line ${result.line}: `;
    const fault =
      result.end === 'failed' ? `${place}${result.text}` : result.end === 'stopped' ? 'takes too long to load' : null;
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value as string);
    kept.set(key, fault);
    return fault;
  };

  const codeFault = (tenant: number, source: string): Promise<string | null> =>
    faultOf(`code ${source}`, async () => {
      const result = await pool.check(tenant, source);
      return result.end === 'value' && result.text === '[]'
        ? { ...result, end: 'failed', text: 'the code offers no run function' }
        : result;
    });

  const expressionFault = (tenant: number, source: string): Promise<string | null> =>
    faultOf(`expression ${source}`, () =>
      pool.run({ tenant, source: { language: 'jsonata', text: '' }, input: JSON.stringify({ expressions: [source] }) }),
    );

  const problem = (step: string, field: string, fault: string): Problem => ({
    severity: 'error',
    code: 'CODE_FAILED',
    step,
    field,
    message: { en: `${field}: ${fault}`, sv: `${field}: koden går inte att läsa (${fault})` },
  });

  /** A plugin's code was compiled when it was installed; this is what stands in the step itself. */
  const ofCode = async (tenant: number, step: FlowNode, node: AnyNode): Promise<Problem[]> => {
    const found: Problem[] = [];
    for (const field of node.literal ?? []) {
      const source = step.config[field];
      if (!node.sandbox || typeof source !== 'string') continue;
      const fault = await codeFault(tenant, source);
      if (fault !== null) found.push(problem(step.id, field, fault));
    }
    return found;
  };

  const ofExpressions = async (tenant: number, step: FlowNode, node: AnyNode): Promise<Problem[]> => {
    const found: Problem[] = [];
    for (const { at, form } of expressionsOf(openConfig(node, step.config) as Json)) {
      const source = readable(form);
      if (source === null || plainPath(source) !== null) continue;
      const fault = await expressionFault(tenant, source);
      if (fault !== null) found.push(problem(step.id, fieldPath(at), fault.replace(/^expression 1: /, '')));
    }
    return found;
  };

  return async (tenant, document, catalog) => {
    const problems: Problem[] = [];
    for (const step of document.nodes) {
      const node = catalog.node(step.type);
      if (!node || step.disabled || problems.length >= MOST_PROBLEMS) continue;
      problems.push(...(await ofCode(tenant, step, node)), ...(await ofExpressions(tenant, step, node)));
    }
    return problems;
  };
}

/** An expression of the wrong form is named by `check`. */
function readable(form: Parameters<typeof readExpression>[0]): string | null {
  try {
    return readExpression(form);
  } catch (error) {
    if (error instanceof FlowError) return null;
    throw error;
  }
}
