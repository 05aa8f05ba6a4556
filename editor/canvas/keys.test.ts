import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import type { Commands } from './commands.ts';
import { CANVAS_KEYS } from './key-list.ts';
import { createSession } from './session.ts';
import { actOnKey, everywhere, type Keys } from './use-keys.ts';

const flow = FlowDocument.parse({
  format: 1,
  name: 'Tangenter',
  nodes: ['a', 'b'].map((id, index) => ({
    id,
    type: 'core.map',
    version: 1,
    config: {},
    at: { x: index * 320, y: 0 },
  })),
  wires: [{ from: 'a.value', to: 'b.value' }],
});

/** The place of the menu asks where things are drawn. */
beforeAll(() => {
  vi.stubGlobal('document', { querySelector: () => null });
  vi.stubGlobal('DOMRect', class {});
  vi.stubGlobal('CSS', { escape: (text: string) => text });
});
afterAll(() => vi.unstubAllGlobals());

function press(pressed: Parameters<typeof actOnKey>[0], singleKeys = true): boolean {
  const session = createSession(flow);
  session.select(['a']);
  const commands = new Proxy({}, { get: () => () => undefined }) as Commands;
  const keys: Keys = { session, commands, manifests: new Map(), publish: () => undefined };
  if (actOnKey(pressed, keys, singleKeys)) return true;
  if (!pressed.ctrlKey || pressed.altKey) return false;
  const key = pressed.shiftKey ? pressed.key.toUpperCase() : pressed.key.toLowerCase();
  return everywhere(session, { flush: async () => true }, false)[key] !== undefined;
}

const NAMED: Readonly<Record<string, string>> = {
  Esc: 'Escape',
  Del: 'Delete',
  Menu: 'ContextMenu',
  '←': 'ArrowLeft',
  '→': 'ArrowRight',
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
};
const MODIFIERS = ['Ctrl', 'Shift', 'Alt'];

/** `Alt ← →`: two keys, each with Alt. */
function pressesOf(shown: string): Parameters<typeof actOnKey>[0][] {
  const parts = shown.split(' ');
  const held = parts.filter((part) => MODIFIERS.includes(part));
  return parts
    .filter((part) => !MODIFIERS.includes(part))
    .map((part) => {
      const named = NAMED[part] ?? part;
      const letter = named.length === 1 && !held.includes('Shift');
      return {
        key: letter ? named.toLowerCase() : named,
        ctrlKey: held.includes('Ctrl'),
        shiftKey: held.includes('Shift'),
        altKey: held.includes('Alt'),
        metaKey: false,
      };
    });
}
const nameOf = (pressed: Parameters<typeof actOnKey>[0]): string =>
  [pressed.ctrlKey && 'Ctrl', pressed.altKey && 'Alt', pressed.shiftKey && 'Shift', pressed.key.toLowerCase()]
    .filter(Boolean)
    .join(' ');

const shown = CANVAS_KEYS.flatMap(([, ...keys]) => keys).flatMap(pressesOf);
/** The clipboard is the browser's own, with its own keys. */
const CLIPBOARD = ['Ctrl c', 'Ctrl x', 'Ctrl v'];

describe('the sheet of shortcuts', () => {
  test('shows no key that does nothing', () => {
    for (const pressed of shown)
      if (!CLIPBOARD.includes(nameOf(pressed)))
        expect([nameOf(pressed), press(pressed)]).toEqual([nameOf(pressed), true]);
  });

  test('shows every key that does something', () => {
    const letters = [...'abcdefghijklmnopqrstuvwxyzåäö'];
    const others = [...'0123456789/+-.,?*#'];
    const names = [
      'Enter',
      'Escape',
      'Delete',
      'Backspace',
      'ContextMenu',
      'Home',
      'End',
      'PageUp',
      'PageDown',
      'Tab',
      ' ',
      'Insert',
      'ArrowLeft',
      'ArrowRight',
      'ArrowUp',
      'ArrowDown',
      ...Array.from({ length: 12 }, (_, index) => `F${index + 1}`),
    ];
    const known = new Set(shown.map(nameOf));
    const found: string[] = [];
    for (const key of [...letters, ...others, ...names])
      for (const [ctrlKey, shiftKey, altKey] of [
        [false, false, false],
        [false, true, false],
        [true, false, false],
        [true, true, false],
        [false, false, true],
      ] as const) {
        const pressed = {
          key: shiftKey && letters.includes(key) ? key.toUpperCase() : key,
          ctrlKey,
          shiftKey,
          altKey,
          metaKey: false,
        };
        // Shift with a key that is no letter and means the same without it is no key of its own
        const bare = nameOf({ ...pressed, shiftKey: false });
        if (press(pressed) && !known.has(nameOf(pressed)) && !(shiftKey && known.has(bare)))
          found.push(nameOf(pressed));
      }
    expect(found).toEqual([]);
  });

  test('single keys do nothing once they are switched off, and all others still do', () => {
    for (const pressed of shown) {
      const single = !pressed.ctrlKey && !pressed.altKey && pressed.key.length === 1;
      if (!CLIPBOARD.includes(nameOf(pressed)))
        expect([nameOf(pressed), press(pressed, false)]).toEqual([nameOf(pressed), !single]);
    }
  });
});
