import type { MemberList } from '#runtime/people.ts';
import type { ConnectionSummary, FlowSummary } from '#runtime/protocol.ts';

/** What the steps are read from; each undefined until it is known. */
export interface FirstStepsSource {
  readonly may: readonly string[];
  /** Of the person who asks, to tell colleagues from. */
  readonly user: string;
  readonly flows: readonly FlowSummary[] | undefined;
  readonly connections: readonly ConnectionSummary[] | undefined;
  readonly people: Pick<MemberList, 'members' | 'invitations'> | undefined;
  /** Whether any run has gone through, ever. */
  readonly carried: boolean | undefined;
}

/** The address under the account where a step is done. */
export type FirstStepWay =
  | { readonly to: 'connections' | 'connections/new' | 'templates' | 'flows' | 'runs' | 'members' }
  | { readonly to: 'flow'; readonly flow: string };

export interface FirstStep {
  readonly id: 'systems' | 'flow' | 'published' | 'carried' | 'colleague';
  readonly done: boolean;
  /** How far it has come, where it is more than yes or no. */
  readonly count?: number;
  /** Absent: somebody else does it. */
  readonly way?: FirstStepWay;
}

/** A flow needs something to read from and something to write to. */
const SYSTEMS = 2;

function systems(connections: readonly ConnectionSummary[], may: readonly string[]): FirstStep {
  const ready = connections.filter(({ state }) => state === 'ready').length;
  // one that is there and waits for its sign-in is mended where it stands, not made anew
  const waiting = connections.some(({ state }) => state !== 'ready');
  const to = may.includes('connection.edit') && !waiting ? 'connections/new' : 'connections';
  return { id: 'systems', done: ready >= SYSTEMS, count: Math.min(ready, SYSTEMS), way: { to } };
}

function published(flows: readonly FlowSummary[], may: readonly string[]): FirstStep {
  const on = flows.some(({ state }) => state === 'live' || state === 'test');
  // one that was published and is off only wants switching on, which more people may do
  const next = flows.find(({ state }) => state === 'off') ?? flows[0];
  const mine = may.includes(next?.state === 'off' ? 'flow.switch' : 'flow.publish');
  const way: FirstStepWay = next ? { to: 'flow', flow: next.id } : { to: 'flows' };
  return { id: 'published', done: on, ...(mine ? { way } : {}) };
}

/**
 * What a new customer does first, read from what is really so. For those who set things up; null while something is not known
 * yet, once all is done, and for everybody else.
 */
export function firstSteps({
  may,
  user,
  flows,
  connections,
  people,
  carried,
}: FirstStepsSource): readonly FirstStep[] | null {
  if (!setsUp(may) || !flows || !connections || !people || carried === undefined) return null;
  const others = people.members.some(({ id }) => id !== user) || people.invitations.length > 0;
  const steps: readonly FirstStep[] = [
    systems(connections, may),
    { id: 'flow', done: flows.length > 0, way: { to: 'templates' } },
    published(flows, may),
    { id: 'carried', done: carried, way: { to: 'runs' } },
    { id: 'colleague', done: others, ...(may.includes('member.manage') ? { way: { to: 'members' } as const } : {}) },
  ];
  return steps.every(({ done }) => done) ? null : steps;
}

/** Whether the person is one who sets a customer up. */
export function setsUp(may: readonly string[]): boolean {
  return may.includes('template.use') && may.includes('member.read');
}
