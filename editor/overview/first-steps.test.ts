import { describe, expect, test } from 'vitest';
import type { ConnectionSummary, FlowSummary } from '#runtime/protocol.ts';
import { permissions } from '#server/auth/permission.ts';
import { type FirstStepsSource, firstSteps } from './first-steps.ts';

const flow = (state: FlowSummary['state'], id = `of-${state}`) => ({ id, state }) as FlowSummary;
const connection = (state: ConnectionSummary['state']) => ({ state }) as ConnectionSummary;
const member = (id: string) => ({ id }) as NonNullable<FirstStepsSource['people']>['members'][number];

const NEW: FirstStepsSource = {
  may: permissions.kam,
  user: 'me',
  flows: [],
  connections: [],
  people: { members: [member('me')], invitations: [] },
  carried: false,
};
const steps = (change: Partial<FirstStepsSource> = {}) => firstSteps({ ...NEW, ...change }) ?? [];
const step = (id: string, change: Partial<FirstStepsSource> = {}) => steps(change).find((each) => each.id === id);
const doneOf = (change: Partial<FirstStepsSource>) => steps(change).flatMap(({ id, done }) => (done ? [id] : []));

describe('the first steps', () => {
  test('are five, none of them done, where nothing is', () => {
    expect(steps().map(({ id, done }) => [id, done])).toEqual([
      ['systems', false],
      ['flow', false],
      ['published', false],
      ['carried', false],
      ['colleague', false],
    ]);
  });

  test('are each done by one thing that is so', () => {
    expect(doneOf({ connections: [connection('ready')] })).toEqual([]);
    expect(doneOf({ connections: [connection('ready'), connection('ready')] })).toEqual(['systems']);
    expect(doneOf({ connections: [connection('ready'), connection('sign-in-needed')] })).toEqual([]);
    expect(doneOf({ flows: [flow('draft')] })).toEqual(['flow']);
    expect(doneOf({ flows: [flow('off')] })).toEqual(['flow']);
    expect(doneOf({ flows: [flow('draft'), flow('live')] })).toEqual(['flow', 'published']);
    expect(doneOf({ flows: [flow('test')] })).toEqual(['flow', 'published']);
    expect(doneOf({ carried: true })).toEqual(['carried']);
    expect(doneOf({ people: { members: [member('me'), member('you')], invitations: [] } })).toEqual(['colleague']);
    // an administrator of the house looks on: whoever is a member is somebody else
    expect(doneOf({ people: { members: [member('you')], invitations: [] } })).toEqual(['colleague']);
  });

  test('lead to where each is done', () => {
    expect(step('systems')?.way).toEqual({ to: 'connections/new' });
    expect(step('systems', { connections: [connection('sign-in-needed')] })?.way).toEqual({ to: 'connections' });
    expect(step('published')?.way).toEqual({ to: 'flows' });
    expect(step('published', { flows: [flow('draft', 'a')] })?.way).toEqual({ to: 'flow', flow: 'a' });
    expect(step('published', { flows: [flow('draft', 'a'), flow('off', 'b')] })?.way).toEqual({
      to: 'flow',
      flow: 'b',
    });
  });

  test('offer nobody what he may not do', () => {
    const may = permissions['customer-admin'];
    expect(step('published', { may, flows: [flow('draft')] })?.way).toBeUndefined();
    expect(step('published', { may, flows: [flow('off')] })?.way).toEqual({ to: 'flow', flow: 'of-off' });
    expect(step('colleague', { may })?.way).toEqual({ to: 'members' });
    for (const role of ['customer', 'partner', 'support'] as const)
      expect([role, firstSteps({ ...NEW, may: permissions[role] })]).toEqual([role, null]);
  });

  test('are nothing any more once all are done', () => {
    const done: Partial<FirstStepsSource> = {
      flows: [flow('live')],
      connections: [connection('ready'), connection('ready')],
      people: { members: [member('me'), member('you')], invitations: [] },
      carried: true,
    };
    expect(firstSteps({ ...NEW, ...done })).toBeNull();
    expect(doneOf({ ...done, carried: false })).toHaveLength(4);
  });

  test('are not told before all is known', () => {
    for (const unknown of ['flows', 'connections', 'people', 'carried'] as const)
      expect([unknown, firstSteps({ ...NEW, [unknown]: undefined })]).toEqual([unknown, null]);
  });
});
