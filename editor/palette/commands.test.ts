import { describe, expect, test } from 'vitest';
import type { FlowSummary } from '#runtime/protocol.ts';
import { type CommandSource, commandsFor } from './commands.ts';

const gone: string[] = [];
const source = (query: string, change: Partial<CommandSource> = {}): CommandSource => ({
  // the key, so that what is found does not hang on a language
  t: ((key: string) => key) as unknown as CommandSource['t'],
  account: '1',
  query,
  may: [],
  runs: [],
  flows: [{ id: 'f', name: 'Ordrar till kassan' } as FlowSummary],
  connections: [],
  steps: [
    { id: 'match', title: 'Matcha kund', about: 'Matcha eller skapa kund' },
    { id: 'write', title: 'Skriv order', about: '' },
    ...Array.from({ length: 9 }, (_, index) => ({ id: `set-${index}`, title: `Sätt ${index}`, about: 'Sätt fält' })),
  ],
  go: (step) => gone.push(step),
  preferences: { language: 'sv', theme: 'system', singleKeys: true },
  navigate: (async () => undefined) as unknown as CommandSource['navigate'],
  prefer: () => undefined,
  showShortcuts: () => undefined,
  ...change,
});
const found = (query: string, change: Partial<CommandSource> = {}) =>
  commandsFor(source(query, change)).filter(({ group }) => group === 'steps');

describe('the palette', () => {
  test('finds steps of the open flow by what they are called and by what they are, whatever the order of the words', () => {
    expect(found('kund').map(({ title }) => title)).toEqual(['Matcha kund']);
    expect(found('skapa matcha').map(({ title, hint }) => [title, hint])).toEqual([
      ['Matcha kund', 'Matcha eller skapa kund'],
    ]);
    expect(found('kassan')).toEqual([]);
    expect(found('kund', { steps: [] })).toEqual([]);
  });

  test('jumps to the step that is chosen', () => {
    found('skriv')[0]?.run();
    expect(gone).toEqual(['write']);
  });

  test('tells steps only to whoever looks for something, and never so many that nothing else is seen', () => {
    expect(found('')).toEqual([]);
    expect(found('sätt')).toHaveLength(6);
    const ids = commandsFor(source('ordrar')).map(({ id }) => id);
    expect(ids).toContain('f');
    expect(new Set(ids).size).toBe(ids.length);
  });
});
