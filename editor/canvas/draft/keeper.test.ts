import { afterEach, describe, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import { until } from '#test/support/until.ts';
import { ApiError } from '../../api/call.ts';
import { beginDraft, createDraftKeeper, type DraftKeeper, type DraftPlace, keptDraft } from './keeper.ts';

const flow = (name: string): FlowDocument => ({
  format: 1,
  name,
  summary: '',
  trace: 'all',
  params: {},
  nodes: [],
  wires: [],
  groups: [],
  notes: [],
});

function memory(): DraftPlace & { text: string | null } {
  const place = {
    text: null as string | null,
    read: () => place.text,
    write: (text: string) => {
      place.text = text;
    },
    remove: () => {
      place.text = null;
    },
  };
  return place;
}

/** A server with one draft, which can be away, and which refuses a stale save. */
function server(revision = 1) {
  const self = {
    revision,
    document: flow('first'),
    away: false,
    saves: 0,
    save: async (basedOn: number, document: FlowDocument) => {
      self.saves++;
      if (self.away) throw new ApiError(0, 'NO_ANSWER', 'no answer');
      if (basedOn !== self.revision) throw new ApiError(409, 'STALE', 'somebody else saved the flow');
      self.document = document;
      self.revision++;
      return { revision: self.revision };
    },
  };
  return self;
}

let keeper: DraftKeeper;
afterEach(() => keeper.stop());
const status = () => keeper.store.getState().status;

function start(at = server(), place = memory()) {
  keeper = createDraftKeeper({
    revision: at.revision,
    document: at.document,
    place,
    save: at.save,
    delayMs: 5,
    retryMs: 5,
  });
  return { at, place };
}

describe('a draft', () => {
  test('is kept in the browser at once and saved a moment later, once for many edits', async () => {
    const { at, place } = start();
    for (const name of ['a', 'ab', 'abc']) keeper.edited(flow(name));
    expect(status()).toBe('unsaved');
    expect(keptDraft(place)).toEqual({ basedOn: 1, base: flow('first'), document: flow('abc') });
    await until(() => status() === 'saved');
    expect([at.document.name, at.saves, place.text]).toEqual(['abc', 1, null]);
    expect(keeper.store.getState().revision).toBe(2);
  });

  test('that is edited while it is being saved is saved again, on the new revision', async () => {
    const { at } = start();
    keeper.edited(flow('one'));
    const flushed = keeper.flush();
    keeper.edited(flow('two'));
    expect(await flushed).toBe(true);
    expect([at.document.name, at.revision]).toEqual(['two', 3]);
  });

  test('survives a server that is away, in the browser, and is saved when it is back', async () => {
    const { at, place } = start();
    at.away = true;
    keeper.edited(flow('offline'));
    await until(() => status() === 'offline');
    keeper.edited(flow('more'));
    expect(keptDraft(place)?.document.name).toBe('more');
    expect(await keeper.flush()).toBe(false);
    at.away = false;
    await until(() => status() === 'saved');
    expect([at.document.name, place.text]).toEqual(['more', null]);
  });

  test('of a large flow is written into the browser at once, then now and then, and the last edit is never left out', async () => {
    const place = memory();
    const at = server();
    at.away = true;
    start(at, place);
    const large = (name: string): FlowDocument => ({
      ...flow(name),
      nodes: Array.from({ length: 201 }, (_, index) => ({
        id: `s${index}`,
        type: 'core.set',
        version: 1,
        config: {},
        onError: 'stop',
        at: { x: 0, y: 0 },
      })),
    });
    let writes = 0;
    const { write } = place;
    place.write = (text) => {
      writes++;
      write(text);
    };
    for (let frame = 0; frame < 60; frame++) keeper.edited(large(`frame ${frame}`));
    expect([writes, keptDraft(place)?.document.name]).toEqual([1, 'frame 0']);
    await until(() => keptDraft(place)?.document.name === 'frame 59');
    keeper.edited(large('last'));
    keeper.stop();
    expect(keptDraft(place)?.document.name).toBe('last');
  });

  test('based on a revision that is no longer the last is not saved over another’s work, and not lost', async () => {
    const { at, place } = start();
    at.revision = 7;
    keeper.edited(flow('mine'));
    await until(() => status() === 'conflict');
    const saves = at.saves;
    keeper.edited(flow('mine too'));
    expect(await keeper.flush()).toBe(false);
    expect([at.document.name, at.saves]).toEqual(['first', saves]);
    expect(keptDraft(place)?.document.name).toBe('mine too');
    keeper.settle(7, at.document);
    expect([status(), place.text]).toEqual(['saved', null]);
    keeper.edited(flow('next'));
    expect(await keeper.flush()).toBe(true);
    expect(at.document.name).toBe('next');
  });

  test('edited by somebody else at this moment waits in the browser, with what it began from, and is saved when they are done', async () => {
    const { at, place } = start();
    const { save } = at;
    keeper.stop();
    let theirs = true;
    keeper = createDraftKeeper({
      revision: 3,
      document: at.document,
      base: flow('before'),
      place,
      save: (...to) => {
        if (theirs) throw new ApiError(409, 'EDITED_ELSEWHERE', 'somebody else edits the flow');
        return save(...to);
      },
      delayMs: 5,
      retryMs: 5,
    });
    at.revision = 3;
    keeper.edited(flow('mine'));
    await until(() => status() === 'elsewhere');
    expect(keptDraft(place)).toEqual({ basedOn: 3, base: flow('before'), document: flow('mine') });
    expect(keeper.base()).toEqual(flow('before'));
    theirs = false;
    await until(() => status() === 'saved');
    expect([at.document.name, keeper.base()?.name, place.text]).toEqual(['mine', 'mine', null]);
  });

  test('that the server will not have stays in the browser, and is tried again with the next edit', async () => {
    const { at, place } = start();
    const { save } = at;
    at.save = async () => {
      throw new ApiError(413, 'TOO_LARGE', 'too large');
    };
    keeper.stop();
    keeper = createDraftKeeper({
      revision: 1,
      document: at.document,
      place,
      save: (...to) => at.save(...to),
      delayMs: 5,
    });
    keeper.edited(flow('huge'));
    await until(() => status() === 'refused');
    expect(keptDraft(place)?.document.name).toBe('huge');
    at.save = save;
    keeper.edited(flow('smaller'));
    await until(() => status() === 'saved');
    expect(at.document.name).toBe('smaller');
  });

  test('undone to what the server has needs no saving', () => {
    const { at, place } = start();
    keeper.edited(flow('typo'));
    keeper.edited(at.document);
    expect([status(), place.text, at.saves]).toEqual(['saved', null, 0]);
  });

  test('that was not kept by this program is not read', () => {
    const place = memory();
    for (const text of ['{', '{"basedOn":1}', '{"basedOn":1,"document":{"format":2}}']) {
      place.text = text;
      expect(keptDraft(place)).toBeNull();
    }
  });

  test('that came to the server as one left is gone on from, and is not taken for somebody else’s', async () => {
    const at = server();
    const { place } = start({
      ...at,
      save: (basedOn, document) => at.save(basedOn, document).then(() => new Promise(() => undefined)),
    });
    keeper.edited(flow('sent'));
    await until(() => at.revision === 2);
    keeper.edited(flow('sent, and more'));
    keeper.stop();
    const begun = beginDraft(place, { revision: at.revision, document: at.document });
    expect(begun).toEqual({ revision: 2, base: flow('sent'), document: flow('sent, and more'), recovered: true });
    // what somebody else saved after that is theirs
    const theirs = { revision: 3, document: flow('theirs') };
    expect(beginDraft(place, theirs)).toMatchObject({ revision: 1, base: flow('first'), recovered: true });
  });
});
