import { randomBytes } from 'node:crypto';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Customer, Product } from '#nodes/commerce/model.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { offerOf, type WriteCall } from '#runtime/connector.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { createReferences } from '#server/adapters/references.ts';
import { type ConnectorSession, openConnector, type SeenCall } from '../../support/connector-session.ts';
import { type FaultProxy, purposeByMethod, type SeenRequest, startFaultProxy } from '../../support/fault-proxy.ts';
import type { ContractSubject, ContractSystem } from '../subject.ts';

/** Names the connection in every record that is read through it. */
export const CONNECTION = 'subject';

/** The Swedish rates, in hundredths of a per cent. */
export const RATES = [2500, 1200, 600, 0] as const;

/** One subject at work: its system, the proxy before it, and makers of records that no other run has. */
export interface Stand {
  readonly subject: ContractSubject;
  readonly system: ContractSystem;
  /** Where the connector signs in by itself, it strikes no sign-in unless told what to strike. */
  readonly proxy: FaultProxy;
  isWrite(request: SeenRequest): boolean;
  isRead(request: SeenRequest): boolean;
  isSignIn(request: SeenRequest): boolean;
  /** The connection as it should be. */
  readonly door: ConnectorSession;
  /** Another connection to the same system. */
  open(change?: { readonly secrets?: Readonly<Record<string, string>>; readonly timeoutMs?: number }): ConnectorSession;
  call(): WriteCall;
  references: ReturnType<typeof createReferences>;
  /** A text of its own that ends with the number of times it was asked for. */
  unique(prefix: string): string;
  buyer(change?: Partial<Customer>): Customer;
  product(change?: Partial<Product>): Product;
  /** A product that stands in the system, made once for each rate. */
  goods(rate: number): Promise<Product>;
  /** A customer that stands in the system. */
  customer(change?: Partial<Customer>): Promise<Pick<can.DocumentRef, 'id' | 'number'>>;
  calls(): SeenCall[];
  close(): Promise<void>;
}

export const offers = (subject: ContractSubject, capability: AnyCapability): boolean =>
  offerOf(subject.connector, capability.name) !== undefined;

const PLACE = { street: 'Åsögatan 12 B', postalCode: '118 29', city: 'Malmö', country: 'SE' };

function makers(unique: Stand['unique']): Pick<Stand, 'buyer' | 'product'> {
  return {
    buyer(change = {}) {
      const id = unique('k');
      const [firstName, lastName] = ['Åsa', `Öberg ${id}`];
      const name = change.kind === 'company' ? `Ærlig & Söner AB ${id} 🌲` : `${firstName} ${lastName}`;
      const address = { ...PLACE, firstName, lastName, ...(change.kind === 'company' ? { company: name } : {}) };
      return {
        source: { connection: 'elsewhere', id },
        kind: 'private',
        name,
        firstName,
        lastName,
        email: `${id}@example.se`,
        phone: '070-174 06 11',
        billing: { ...address, phone: '070-174 06 11' },
        shipping: { ...address, street: 'Lagergränd 3, port “C”' },
        ...change,
      };
    },
    product(change = {}) {
      const sku = unique('W').toUpperCase();
      return {
        source: { connection: 'elsewhere', id: sku },
        sku,
        name: `Kräftskål “Ängö” 🦞 ${sku}`,
        kind: 'simple',
        active: true,
        price: '125',
        priceIncludesTax: true,
        currency: 'SEK',
        taxRate: 2500,
        stockTracked: true,
        ...change,
      };
    },
  };
}

export async function openStand(subject: ContractSubject): Promise<Stand> {
  const system = await subject.start();
  const purposeOf = (request: SeenRequest) => (subject.purposeOf ?? purposeByMethod)(request);
  const isSignIn = (request: SeenRequest): boolean => purposeOf(request) === 'sign-in';
  const whole = await startFaultProxy(system.origin);
  const struck = (request: SeenRequest): boolean => !(subject.connector.signIn && isSignIn(request));
  const proxy: FaultProxy = {
    ...whole,
    get seen() {
      return whole.seen;
    },
    arm: (fault, options) => whole.arm(fault, { when: struck, ...options }),
  };
  const sessions: ConnectorSession[] = [];
  const mark = Date.now().toString(36);
  const goods = new Map<number, Promise<Product>>();
  const references = createReferences(masterKeyOf(randomBytes(32)));
  let count = 0;
  const unique = (prefix: string): string => `${prefix}${mark}-${++count}`;
  const open: Stand['open'] = ({ secrets = system.secrets, timeoutMs } = {}) => {
    const session = openConnector(subject.connector, {
      connection: CONNECTION,
      settings: system.settings(proxy.origin),
      secrets,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(secrets === system.secrets ? system.tokens?.() : { accessToken: 'no-such-token', refreshToken: 'nor-this' }),
    });
    sessions.push(session);
    return session;
  };
  const door = open();
  const stand: Stand = {
    ...makers(unique),
    subject,
    system,
    proxy,
    isWrite: (request) => purposeOf(request) === 'write',
    isRead: (request) => purposeOf(request) === 'read',
    isSignIn,
    door,
    open,
    references,
    unique,
    call: () => ({ reference: references.of([unique('call')]) }),
    goods(rate) {
      const make = async (): Promise<Product> => {
        const product = stand.product({ taxRate: rate });
        if (system.make?.product) await system.make.product(product);
        else await door.use(can.productsCreate, { product }, stand.call());
        return product;
      };
      const known = goods.get(rate) ?? make();
      goods.set(rate, known);
      return known;
    },
    async customer(change) {
      const customer = stand.buyer(change);
      const made = await system.make?.customer?.(customer);
      return made ?? door.use(can.customersCreate, { customer }, stand.call());
    },
    calls: () => sessions.flatMap((session) => session.calls),
    async close() {
      await proxy.close();
      await system.close();
    },
  };
  return stand;
}
