import type { Entity } from '#runtime/capability.ts';
import { TerminalError } from '#runtime/error.ts';
import type { CrossReference } from '#runtime/node.ts';
import type { Source } from './model.ts';

interface Linked {
  readonly connection: string;
  links(record: { entity: Entity; connection: string; id: string }): Promise<readonly CrossReference[]>;
}

function idsOf(references: readonly CrossReference[], entity: Entity, record: Source, connection: string): string[] {
  const ids = references.flatMap(({ source, target }) => {
    if (source.entity !== entity) return [];
    if (source.connection === record.connection && source.id === record.id)
      return target.connection === connection ? [target.id] : [];
    return source.connection === connection ? [source.id] : [];
  });
  return [...new Set(ids)];
}

/**
 * The record as the step's own system knows it: itself when it was read there, else by cross-reference.
 * Null when none is known; throws MATCH_AMBIGUOUS when several are.
 */
export async function counterpart(step: Linked, entity: Entity, record: Source): Promise<Source | null> {
  if (record.connection === step.connection) return record;
  const references = await step.links({ entity, connection: record.connection, id: record.id });
  const ids = idsOf(references, entity, record, step.connection);
  if (ids.length > 1) {
    throw new TerminalError('MATCH_AMBIGUOUS', `${entity} ${record.id} is linked to ${ids.join(', ')}`, {
      field: entity,
      details: { candidates: ids.slice(0, 20) },
    });
  }
  const [id] = ids;
  return id === undefined ? null : { connection: step.connection, id };
}
