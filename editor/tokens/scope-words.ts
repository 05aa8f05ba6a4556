import type { TFunction } from 'i18next';
import { en } from '../locales/en/index.ts';

type Word = keyof typeof en.tokens.can & string;

const isWord = (key: string): key is Word => Object.hasOwn(en.tokens.can, key);

/** What a scope lets a token do, in a person's words; its name where there are none. */
export function scopeWords(scope: string, t: TFunction): string {
  const key = scope.replace('.', '-');
  return isWord(key) ? t(`tokens.can.${key}`) : scope;
}
