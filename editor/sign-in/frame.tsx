import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { WordMark } from '../ui/word-mark.tsx';
import { Cloth } from './cloth.tsx';

function LanguageChoice() {
  const { language } = usePreferences();
  return (
    <span className="flex gap-3">
      {(['sv', 'en'] as const).map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          aria-pressed={language === each}
          className={language === each ? 'font-semibold text-text' : 'hover:text-text'}
          onClick={() => setPreference({ language: each })}
        >
          {each === 'sv' ? 'Svenska' : 'English'}
        </button>
      ))}
    </span>
  );
}

interface FrameProps {
  readonly title: string;
  readonly lead: string;
  readonly foot?: ReactNode;
  readonly children: ReactNode;
}

/** A page for who is not signed in, or not wholly: a form at the left, the cloth at the right. */
export function Frame({ title, lead, foot, children }: FrameProps) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${t('shell.brand')}`;
  }, [t, title]);
  return (
    <div className="sign-in">
      <main className="side big">
        <WordMark height={32} />
        <div className="body my-auto flex flex-col gap-4 py-8">
          <h1 className="title-l -mb-3">{title}</h1>
          <p className="lead mb-3 text-muted">{lead}</p>
          {children}
        </div>
        <footer className="flex flex-wrap justify-between gap-3 text-sm text-muted">
          <span>{foot}</span>
          <LanguageChoice />
        </footer>
      </main>
      <Cloth />
    </div>
  );
}
