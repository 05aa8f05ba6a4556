import type { TFunction } from 'i18next';
import type { FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import type { ConnectionSummary } from '#runtime/protocol.ts';
import type { Language } from '../state/preferences.ts';

/** Everything one needs to call a step by its name. */
export interface StepWords {
  readonly nodes: ReadonlyMap<string, NodeManifest> | undefined;
  readonly connections: ReadonlyMap<string, ConnectionSummary> | undefined;
  readonly language: Language;
}

/** The step's own title, else its node's. */
export function stepTitle(node: FlowNode, words: StepWords): string {
  return node.title ?? words.nodes?.get(node.type)?.title[words.language] ?? node.id;
}

/** Name of the system the step works in; undefined for steps without one. */
export function stepSystem(node: FlowNode, words: StepWords): string | undefined {
  return node.connection === undefined ? undefined : words.connections?.get(node.connection)?.title;
}

/** `skriver` or `läser`, for steps that touch another system. */
export function stepEffect(node: FlowNode, words: StepWords, t: TFunction): string | undefined {
  const effect = words.nodes?.get(node.type)?.effect;
  if (effect === 'write') return t('flows.writes');
  return effect === 'read' ? t('flows.reads') : undefined;
}

const PORTS: Readonly<Record<string, Readonly<Record<Language, string>>>> = {
  found: { sv: 'Hittad', en: 'Found' },
  missing: { sv: 'Saknas', en: 'Not found' },
  many: { sv: 'Flera träffar', en: 'Several matches' },
  ambiguous: { sv: 'Flera träffar', en: 'Several matches' },
  yes: { sv: 'Ja', en: 'Yes' },
  no: { sv: 'Nej', en: 'No' },
  true: { sv: 'Ja', en: 'Yes' },
  false: { sv: 'Nej', en: 'No' },
  else: { sv: 'Annars', en: 'Otherwise' },
  otherwise: { sv: 'Annars', en: 'Otherwise' },
  failed: { sv: 'Fel', en: 'Failed' },
  item: { sv: 'Varje', en: 'Each' },
  done: { sv: 'Klart', en: 'Done' },
};

/** What an output is called; a port a customer named keeps that name. */
export function portName(port: string, language: Language): string {
  return PORTS[port]?.[language] ?? port;
}
