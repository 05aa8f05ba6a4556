import { z } from 'zod';
import { createStore, useStore } from 'zustand';

const Preferences = z.object({
  language: z.enum(['sv', 'en']).catch(() => browserLanguage()),
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  /** Shortcuts of a single letter; people who speak to their computer turn them off (WCAG 2.1.4). */
  singleKeys: z.boolean().catch(true),
});
export type Preferences = z.infer<typeof Preferences>;
export type Language = Preferences['language'];
export type Theme = Preferences['theme'];

const KEY = 'weft.preferences';

function browserLanguage(): 'sv' | 'en' {
  return globalThis.navigator?.language.toLowerCase().startsWith('sv') ? 'sv' : 'en';
}

function read(): Preferences {
  try {
    return Preferences.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
  } catch {
    return Preferences.parse({});
  }
}

function keep(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // a browser that keeps nothing still works for this visit
  }
}

export const preferences = createStore<Preferences>(() => read());

export function setPreference(change: Partial<Preferences>): void {
  preferences.setState(change);
  keep(preferences.getState());
}

export function usePreferences(): Preferences {
  return useStore(preferences);
}

/** Sets the theme on the document now and on every change. */
export function startTheme(): void {
  const apply = ({ theme }: Preferences) => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  };
  apply(preferences.getState());
  preferences.subscribe(apply);
}
