import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { audit } from './locales/en/audit.ts';
import type { canvas } from './locales/en/canvas.ts';
import type { firstSteps } from './locales/en/first-steps.ts';
import type { en } from './locales/en/index.ts';
import type { projects } from './locales/en/projects.ts';
import type { tenants } from './locales/en/tenants.ts';
import type { en as pluginTexts } from './plugins/texts/en.ts';
import { type Language, preferences } from './state/preferences.ts';
import { whenIdle } from './state/when-idle.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'weft';
    resources: {
      weft: typeof en & {
        canvas: typeof canvas;
        audit: typeof audit;
        projects: typeof projects;
        tenants: typeof tenants;
        firstSteps: typeof firstSteps;
      };
      plugins: typeof pluginTexts;
      firstSteps: typeof firstSteps;
    };
  }
}

const i18n = i18next.createInstance();

const SPACE = 'weft';
const OTHER: Readonly<Record<Language, Language>> = { sv: 'en', en: 'sv' };
const texts: Readonly<Record<Language, () => Promise<object>>> = {
  sv: async () => (await import('./locales/sv/index.ts')).sv,
  en: async () => (await import('./locales/en/index.ts')).en,
};

/** Sentences that only some pages need, and fetch. */
const partTexts = {
  canvas: { sv: () => import('./locales/sv/canvas.ts'), en: () => import('./locales/en/canvas.ts') },
  audit: { sv: () => import('./locales/sv/audit.ts'), en: () => import('./locales/en/audit.ts') },
  projects: { sv: () => import('./locales/sv/projects.ts'), en: () => import('./locales/en/projects.ts') },
  tenants: { sv: () => import('./locales/sv/tenants.ts'), en: () => import('./locales/en/tenants.ts') },
  firstSteps: { sv: () => import('./locales/sv/first-steps.ts'), en: () => import('./locales/en/first-steps.ts') },
} satisfies Record<string, Record<Language, () => Promise<object>>>;
type TextPart = keyof typeof partTexts;
const needed = new Set<TextPart>();
/** Pages are fetched before there is any language to put their sentences in. */
const started = Promise.withResolvers<void>();

async function fetchTexts(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, SPACE)) i18n.addResourceBundle(language, SPACE, await texts[language]());
}

async function fetchPart(part: TextPart, language: Language): Promise<void> {
  if (i18n.getResource(language, SPACE, part)) return;
  i18n.addResourceBundle(language, SPACE, { ...(await partTexts[part][language]()) }, true);
}

/** Whatever shows such sentences waits for this; from then on a switch of language brings them too. */
export async function needTexts(part: TextPart): Promise<void> {
  needed.add(part);
  await started.promise;
  await fetchPart(part, preferences.getState().language);
}

async function apply(language: Language): Promise<void> {
  await fetchTexts(language);
  await Promise.all([...needed].map((part) => fetchPart(part, language)));
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
  started.resolve();
  document.documentElement.lang = language;
  preferences.subscribe((now, before) => {
    if (now.language !== before.language) void apply(now.language);
  });
  whenIdle(() => void fetchTexts(OTHER[language]).catch(() => undefined));
}
