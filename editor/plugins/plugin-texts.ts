import { useTranslation } from 'react-i18next';
import { en } from './texts/en.ts';
import { sv } from './texts/sv.ts';

/** The texts of the plugin pages, in both languages: they come with the first page that needs them. */
export function usePluginTexts() {
  const { i18n } = useTranslation();
  if (!i18n.hasResourceBundle('en', 'plugins')) {
    i18n.addResourceBundle('en', 'plugins', en);
    i18n.addResourceBundle('sv', 'plugins', sv);
  }
  return useTranslation('plugins');
}
