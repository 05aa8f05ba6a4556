import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import type { AnyConnector } from '#runtime/connector.ts';
import { FlowError } from '#runtime/error.ts';
import { type ConnectorSession, openConnector } from '../support/connector-session.ts';
import { type Dialect, type Recording, type Replay, type Scene, SYSTEM, startReplay } from '../support/conversation.ts';

const capabilities = new Map(
  Object.values(can).flatMap((one) =>
    typeof one === 'object' && 'effect' in one ? [[one.name, one as AnyCapability]] : [],
  ),
);

interface RecordedSubject {
  readonly connector: AnyConnector;
  /** The file of conversations. */
  readonly file: URL;
  readonly dialect: Dialect;
  /** The settings when the system is reached at that origin. */
  settings(recorded: object, origin: string): object;
  readonly secrets: Readonly<Record<string, string>>;
}

async function perform(connector: AnyConnector, session: ConnectorSession, scene: Scene): Promise<unknown> {
  const { use, input, reference = '' } = scene;
  if (use === 'ping') return connector.ping(session.session);
  const capability = capabilities.get(use.replace(/^lookup:/, ''));
  if (capability === undefined) throw new Error(`there is no capability ${use}`);
  if (use.startsWith('lookup:')) return session.lookUp(capability, input, { reference });
  return session.use(capability, input, { reference });
}

/** The whole suite runs on the real program, by `npm run live`; here every offer is put to what one was heard to say. */
export function recordedContract({ connector, file, dialect, settings: settingsAt, secrets }: RecordedSubject): void {
  let replay: Replay;
  beforeAll(async () => {
    replay = await startReplay(dialect);
  });
  afterAll(() => replay.close());
  const { connection, settings, at, scenes } = JSON.parse(readFileSync(file, 'utf8')) as Recording;

  test.each(scenes.map((scene) => [scene.name, scene] as const))(
    `%s: asked and understood as of a real ${connector.title}`,
    async (_name, scene) => {
      replay.play(scene);
      const session = openConnector(connector, {
        connection,
        settings: settingsAt(settings, replay.origin),
        secrets,
        now: () => Date.parse(at),
      });
      const outcome = await perform(connector, session, scene).then(
        (answer) => ({ answer }),
        (error: unknown) => ({ error: error instanceof FlowError ? error.code : String(error) }),
      );
      expect(replay.differences()).toEqual([]);
      // where it stands is no part of what was said
      const text = JSON.stringify(outcome).replaceAll(new URL(replay.origin).host, SYSTEM);
      expect(JSON.parse(text)).toEqual(scene.outcome);
      expect(session.notes).toEqual(scene.notes);
    },
  );

  test(`every capability that ${connector.title} offers was recorded`, () => {
    const recorded = new Set(scenes.map((scene) => scene.use));
    expect(connector.offers.map((offer) => offer.capability.name).filter((name) => !recorded.has(name))).toEqual([]);
  });
}
