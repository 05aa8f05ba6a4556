import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './locales/en/index.ts';
import { sv } from './locales/sv/index.ts';
import { preferences } from './state/preferences.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'weft';
    resources: { weft: typeof en };
  }
}

const i18n = i18next.createInstance();

/** Both languages are in the page, so that a switch needs neither a reload nor the network. */
export function startLanguage(): void {
  const apply = (language: string) => {
    document.documentElement.lang = language;
  };
  void i18n.use(initReactI18next).init({
    lng: preferences.getState().language,
    fallbackLng: 'en',
    defaultNS: 'weft',
    ns: ['weft'],
    resources: { en: { weft: en }, sv: { weft: sv } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  apply(i18n.language);
  preferences.subscribe((now, before) => {
    if (now.language === before.language) return;
    void i18n.changeLanguage(now.language);
    apply(now.language);
  });
}
