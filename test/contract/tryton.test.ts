import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import { tryton } from '#nodes/connectors/tryton/connector.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { FlowError } from '#runtime/error.ts';
import { type ConnectorSession, openConnector } from '../support/connector-session.ts';
import { type Recording, type Replay, type Scene, startReplay } from '../support/conversation.ts';

/** The whole suite runs on a real Tryton, by `npm run live`; here every offer is put to what one was heard to say. */
let replay: Replay;
beforeAll(async () => {
  replay = await startReplay();
});
afterAll(() => replay.close());

const file = new URL('../../nodes/connectors/tryton/fixtures/conversations.json', import.meta.url);
const { connection, settings, at, scenes } = JSON.parse(readFileSync(file, 'utf8')) as Recording;
const capabilities = new Map(
  Object.values(can).flatMap((one) =>
    typeof one === 'object' && 'effect' in one ? [[one.name, one as AnyCapability]] : [],
  ),
);

const open = (): ConnectorSession =>
  openConnector(tryton, {
    connection,
    settings: { ...settings, url: replay.origin },
    secrets: { password: 'password' },
    now: () => Date.parse(at),
  });

async function perform(session: ConnectorSession, { use, input, reference = '' }: Scene): Promise<unknown> {
  if (use === 'ping') return tryton.ping(session.session);
  const capability = capabilities.get(use.replace(/^lookup:/, ''));
  if (capability === undefined) throw new Error(`there is no capability ${use}`);
  if (use.startsWith('lookup:')) return session.lookUp(capability, input, { reference });
  return session.use(capability, input, { reference });
}

test.each(scenes.map((scene) => [scene.name, scene] as const))(
  '%s: asked and understood as of a real Tryton',
  async (_name, scene) => {
    replay.play(scene);
    const session = open();
    const outcome = await perform(session, scene).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error: error instanceof FlowError ? error.code : String(error) }),
    );
    expect(replay.differences()).toEqual([]);
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(scene.outcome);
    expect(session.notes).toEqual(scene.notes);
  },
);

test('every capability that Tryton offers was recorded', () => {
  const recorded = new Set(scenes.map((scene) => scene.use));
  expect(tryton.offers.map((offer) => offer.capability.name).filter((name) => !recorded.has(name))).toEqual([]);
});
