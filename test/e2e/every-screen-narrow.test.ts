import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stand, standFor } from './every-screen.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await standFor({ language: 'sv-SE', theme: 'dark', width: 360, height: 800 }, false);
});
afterAll(() => stand?.close());

test('no screen has a fault a machine can find, in Swedish, in dark and 360 px wide, where nothing sticks out at the side', async () => {
  expect(await stand.faults()).toEqual([]);
}, 600_000);
