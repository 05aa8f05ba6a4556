import type { Sentence } from '#runtime/error.ts';
import type { FlowDocument, FlowNode, Param } from '#runtime/flow.ts';
import { FLOW_FORMAT } from '#runtime/flow.ts';
import type { Feature } from '#runtime/package.ts';

/** A ready flow with open questions. */
export interface FlowTemplate {
  readonly id: string;
  readonly title: Sentence;
  readonly summary: Sentence;
  readonly feature: Feature;
  readonly flow: FlowDocument;
}

const COLUMN = 320;

type Step = Pick<FlowNode, 'id' | 'type' | 'config'> &
  Partial<Pick<FlowNode, 'connection' | 'title' | 'onError'>> & {
    /** Rows below the main line; 0 unless told. */
    readonly row?: number;
  };

/** The document with its steps laid out from left to right. */
export function drawn(flow: {
  readonly name: string;
  readonly summary: string;
  readonly trace?: FlowDocument['trace'];
  readonly params: Readonly<Record<string, Param>>;
  readonly steps: readonly Step[];
  readonly wires: readonly (readonly [from: string, to: string])[];
}): FlowDocument {
  return {
    format: FLOW_FORMAT,
    name: flow.name,
    summary: flow.summary,
    trace: flow.trace ?? 'all',
    params: { ...flow.params },
    nodes: flow.steps.map(({ row = 0, onError = 'stop', ...step }, index) => ({
      ...step,
      version: 1,
      onError,
      at: { x: index * COLUMN, y: row * 160 },
    })),
    wires: flow.wires.map(([from, to]) => ({ from, to })),
    groups: [],
    notes: [],
  };
}

export function connectionParam(en: string, sv: string, needs: readonly string[]): Param {
  return { kind: 'connection', title: { en, sv }, needs: [...needs] };
}

export function choiceParam(
  title: Sentence,
  options: readonly (readonly [value: string, en: string, sv: string])[],
  preset: string,
): Param {
  return {
    kind: 'choice',
    title,
    options: options.map(([value, en, sv]) => ({ value, title: { en, sv } })),
    default: preset,
  };
}

/** A question without a preset: it must be answered. */
export function textParam(en: string, sv: string): Param {
  return { kind: 'text', title: { en, sv } };
}

export const writeModeParam = choiceParam(
  { en: 'When the record exists already', sv: 'När posten redan finns' },
  [
    ['create', 'Leave it as it is', 'Lämna den som den är'],
    ['create-and-update', 'Update it', 'Uppdatera den'],
  ],
  'create',
);
