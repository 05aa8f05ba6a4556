import pg from 'pg';

/** SQL this process has sent through `pg`, by every pool, lane and queue in it. */
export interface StatementCount {
  readonly statements: number;
  /** Statements that end in a commit the disk is waited for: writes outside a transaction, and `commit` itself. */
  readonly synchronous: number;
}

const count = { statements: 0, synchronous: 0 };
const WRITE = /^\s*(?:insert|update|delete|commit|with\b[\s\S]*\b(?:insert into|update|delete from)\b)/i;

function textOf(query: unknown): string {
  if (typeof query === 'string') return query;
  return typeof query === 'object' && query !== null && 'text' in query ? String(query.text) : '';
}

const writes = new Map<string, boolean>();

function isWrite(text: string): boolean {
  let known = writes.get(text);
  if (known === undefined) {
    known = WRITE.test(text);
    if (writes.size < 1000) writes.set(text, known);
  }
  return known;
}

interface Connected {
  readonly connectionParameters: { readonly options?: string };
}

/** Starts counting: wraps the one method every statement of the process goes through. */
export function countStatements(): StatementCount {
  const send = pg.Client.prototype.query as (this: unknown, ...given: unknown[]) => unknown;
  const counting = function (this: pg.Client & Connected, ...given: unknown[]): unknown {
    const lazy = this.connectionParameters.options?.includes('synchronous_commit=off') ?? false;
    count.statements++;
    if (!lazy && isWrite(textOf(given[0]))) count.synchronous++;
    return send.apply(this, given);
  };
  pg.Client.prototype.query = counting as typeof pg.Client.prototype.query;
  return count;
}
