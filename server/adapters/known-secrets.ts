import { createRedactor } from '#runtime/redact.ts';

/** Every secret value this process has opened, by tenant, so that none of them is written or shown anywhere. */
export interface KnownSecrets {
  /** Notes values of a connection; short-lived ones (tokens, signed headers) push out their own elders. */
  add(tenant: number, connection: string, values: readonly string[], kind?: 'lasting' | 'passing'): void;
  of(tenant: number): readonly string[];
  /** The redactor of all of the tenant's values, remade only when they change. */
  redactorOf(tenant: number): (text: string) => string;
  /** Takes every tenant's values out, for what is of no one tenant: the server's own log. */
  redactAll(text: string): string;
}

/** Passing values kept a connection: a token lives an hour, but what it leaked into may be written later. */
const PASSING = 16;

interface Values {
  readonly lasting: Set<string>;
  readonly passing: Map<string, Set<string>>;
  redactor: ((text: string) => string) | undefined;
}

export function createKnownSecrets(): KnownSecrets {
  const tenants = new Map<number, Values>();
  const plain = createRedactor([]);
  const redactorFor = (values: Values): ((text: string) => string) => {
    values.redactor ??= createRedactor(of(values));
    return values.redactor;
  };
  const of = (values: Values) => [...values.lasting, ...[...values.passing.values()].flatMap((set) => [...set])];
  return {
    add(tenant, connection, added, kind = 'lasting') {
      let values = tenants.get(tenant);
      if (!values) {
        values = { lasting: new Set(), passing: new Map(), redactor: undefined };
        tenants.set(tenant, values);
      }
      let set = kind === 'lasting' ? values.lasting : values.passing.get(connection);
      if (!set) {
        set = new Set();
        values.passing.set(connection, set);
      }
      for (const value of added) {
        if (value === '' || set.has(value)) continue;
        set.add(value);
        values.redactor = undefined;
        const [oldest] = set;
        if (kind === 'passing' && set.size > PASSING && oldest !== undefined) set.delete(oldest);
      }
    },
    of(tenant) {
      const values = tenants.get(tenant);
      return values ? of(values) : [];
    },
    redactorOf(tenant) {
      const values = tenants.get(tenant);
      return values ? redactorFor(values) : plain;
    },
    redactAll: (text) => [...tenants.values()].reduce((left, values) => redactorFor(values)(left), plain(text)),
  };
}
