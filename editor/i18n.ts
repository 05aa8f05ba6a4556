import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { canvas } from './locales/en/canvas.ts';
import type { en } from './locales/en/index.ts';
import type { en as pluginTexts } from './plugins/texts/en.ts';
import { type Language, preferences } from './state/preferences.ts';
import { whenIdle } from './state/when-idle.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'weft';
    resources: { weft: typeof en & { canvas: typeof canvas }; plugins: typeof pluginTexts };
  }
}

const i18n = i18next.createInstance();

const SPACE = 'weft';
const OTHER: Readonly<Record<Language, Language>> = { sv: 'en', en: 'sv' };
const texts: Readonly<Record<Language, () => Promise<object>>> = {
  sv: async () => (await import('./locales/sv/index.ts')).sv,
  en: async () => (await import('./locales/en/index.ts')).en,
};

/** The sentences of the canvas, which only those who draw or look at a drawing fetch. */
const canvasTexts: Readonly<Record<Language, () => Promise<object>>> = {
  sv: () => import('./locales/sv/canvas.ts'),
  en: () => import('./locales/en/canvas.ts'),
};
let draws = false;

async function fetchTexts(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, SPACE)) i18n.addResourceBundle(language, SPACE, await texts[language]());
}

async function fetchCanvasTexts(language: Language): Promise<void> {
  if (i18n.getResource(language, SPACE, 'canvas')) return;
  i18n.addResourceBundle(language, SPACE, { ...(await canvasTexts[language]()) }, true);
}

/** Whatever shows a drawing waits for this; from then on a switch of language brings them too. */
export function needCanvasTexts(): Promise<void> {
  draws = true;
  return fetchCanvasTexts(preferences.getState().language);
}

async function apply(language: Language): Promise<void> {
  await fetchTexts(language);
  if (draws) await fetchCanvasTexts(language);
  if (preferences.getState().language !== language) return;
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Resolves when the reader's language is there. The other comes when the page has nothing to do: a switch needs no reload. */
export async function startLanguage(): Promise<void> {
  const { language } = preferences.getState();
  const first = await texts[language]();
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    defaultNS: SPACE,
    ns: [SPACE],
    resources: { [language]: { [SPACE]: first } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
  preferences.subscribe((now, before) => {
    if (now.language !== before.language) void apply(now.language);
  });
  whenIdle(() => void fetchTexts(OTHER[language]).catch(() => undefined));
}
