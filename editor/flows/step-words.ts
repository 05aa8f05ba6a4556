import type { TFunction } from 'i18next';
import type { FieldShape } from '#runtime/field-shape.ts';
import type { FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import type { Language } from '../state/preferences.ts';

/** A connected system: its own name here, and the name of its kind, which its mark is made of. */
export interface System {
  readonly title: string;
  readonly kind: string;
}

/** Everything one needs to call a step by its name. */
export interface StepWords {
  readonly nodes: ReadonlyMap<string, NodeManifest> | undefined;
  /** By id of the connection. */
  readonly systems: ReadonlyMap<string, System> | undefined;
  readonly language: Language;
  /** What values of named types are made of. */
  readonly shapes?: ReadonlyMap<string, FieldShape> | undefined;
}

/** The step's own title, else its node's. */
export function stepTitle(node: FlowNode, words: StepWords): string {
  return node.title ?? words.nodes?.get(node.type)?.title[words.language] ?? node.id;
}

/** The system the step works in; undefined for steps without one. */
export function stepSystem(node: FlowNode, words: StepWords): System | undefined {
  return node.connection === undefined ? undefined : words.systems?.get(node.connection);
}

/** `skriver` or `läser`, for steps that touch another system. */
export function stepEffect(node: FlowNode, words: StepWords, t: TFunction): string | undefined {
  const effect = words.nodes?.get(node.type)?.effect;
  if (effect === 'write') return t('flows.writes');
  return effect === 'read' ? t('flows.reads') : undefined;
}

/** What an output is called; a port a customer named keeps that name. */
export function portName(node: FlowNode, port: string, words: StepWords): string {
  const outputs = words.nodes?.get(node.type)?.outputs;
  return outputs?.find(({ name }) => name === port)?.title?.[words.language] ?? port;
}
