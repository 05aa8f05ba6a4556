import type { Customer, Product } from '#nodes/commerce/model.ts';
import type { Entity } from '#runtime/capability.ts';
import type { AnyConnector } from '#runtime/connector.ts';
import type { Purpose, SeenRequest } from '../support/fault-proxy.ts';
import type { Vendor } from '../support/vendor-contract.ts';

/** An order as somebody places it in the system itself, past the connector. */
export interface Placement {
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly buyer: Customer;
  readonly note?: string;
  /** In major units, with or without tax as the system takes it. */
  readonly freight?: string;
  /** Off the goods, in major units. */
  readonly discount?: string;
}

/** A running system of the connector's kind, with what the suite needs beside the connector to know the truth. */
export interface ContractSystem {
  /** `http://host:port`; the suite puts a proxy in front of it. */
  readonly origin: string;
  /** The connection's settings when the system is reached at that origin. */
  settings(origin: string): unknown;
  readonly secrets: Readonly<Record<string, string>>;
  /** Secrets of the right shape that the system refuses. */
  readonly wrongSecrets: Readonly<Record<string, string>>;
  /** A fresh pair, where the connector signs in by OAuth. */
  tokens?(): { readonly accessToken: string; readonly refreshToken: string };
  /** The order's id, and its total with tax as the system tells it, in major units. */
  placeOrder(order: Placement): Promise<{ readonly id: string; readonly total: string }>;
  /** Makes a record past the connector, where the connector cannot make it or the truth should not hang on it. */
  readonly make?: {
    product?(product: Product): Promise<void>;
    /** Answers what the connector would know the customer by. */
    customer?(customer: Customer): Promise<{ readonly id: string; readonly number: string }>;
  };
  /** How many there are, counted past the connector; of notes, those of the order named. */
  readonly count: Partial<Record<Entity, (of: string) => number | Promise<number>>>;
  /** Changes the state of a record and nothing else, as a person there would; the stock and price of a SKU. */
  readonly change: Partial<Record<Entity, (id: string) => Promise<void>>>;
  close(): Promise<void>;
}

/** For changes there and back: true at first for a key, then the other way each time. */
export function createFlips(): (key: string) => boolean {
  const flags = new Map<string, boolean>();
  return (key) => {
    const next = !(flags.get(key) ?? false);
    flags.set(key, next);
    return next;
  };
}

/** What the suite has to know of a connector to run on it. */
export interface ContractSubject {
  readonly connector: AnyConnector;
  /** Whose API description its requests are judged by. */
  readonly vendor?: Vendor;
  start(): Promise<ContractSystem>;
  /** Whose account the system says it is. */
  readonly account?: RegExp;
  /** What a request is for, where its method and path do not tell: every call of GraphQL and JSON-RPC is a POST. */
  purposeOf?(request: SeenRequest): Purpose;
  /** Paths such as `billing.firstName` that the system has no place for, so that they do not come back. */
  readonly lacks: Partial<Record<'customer' | 'product' | 'order' | 'shipment', readonly string[]>>;
  /** Milliseconds after which the system's silence is taken for one, where half a second is too short for its slowest call. */
  readonly patienceMs?: number;
  /** How many records “many” is: 1,000, fewer only where the system is too slow. */
  readonly many: number;
}
