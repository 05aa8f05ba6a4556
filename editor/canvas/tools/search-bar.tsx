import { Search, X } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';
import type { Commands } from '../commands.ts';
import { focusDrawing } from '../focus.ts';
import { useFlow, useSession } from '../session.ts';

/** Finds steps and notes by what they are called, what they are and what is written in them. */
export function SearchBar({ words, commands }: { readonly words: StepWords; readonly commands: Commands }) {
  const { t } = useTranslation();
  const session = useSession();
  const flow = useFlow();
  const [text, setText] = useState('');
  const [at, setAt] = useState(-1);
  const wanted = text.trim().toLowerCase();
  const found =
    wanted === ''
      ? []
      : [
          ...flow.nodes
            .filter((node) => {
              const manifest = words.nodes?.get(node.type);
              const all = [
                node.id,
                stepTitle(node, words),
                node.type,
                manifest?.title[words.language] ?? '',
                JSON.stringify(node.config),
              ];
              return all.join(' ').toLowerCase().includes(wanted);
            })
            .map((node) => node.id),
          ...flow.notes.filter((note) => note.text.toLowerCase().includes(wanted)).map((note) => `note:${note.id}`),
        ];
  const goTo = (index: number) => {
    const to = (index + found.length) % Math.max(1, found.length);
    const id = found[to];
    if (id === undefined) return;
    setAt(to);
    session.select([id]);
    if (id.startsWith('note:')) commands.fit(true);
    else commands.show(id);
  };
  const close = () => {
    session.set({ searching: false });
    focusDrawing();
  };
  const listen = (event: KeyboardEvent) => {
    if (event.key === 'Enter') goTo(event.shiftKey ? at - 1 : at + 1);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  };
  return (
    <search className="tool-bar search-bar">
      <Search className="i text-muted" aria-hidden />
      <input
        // biome-ignore lint/a11y/noAutofocus: whoever opens a search wants to write in it
        autoFocus
        aria-label={t('canvas.search')}
        placeholder={t('canvas.search')}
        value={text}
        maxLength={80}
        autoComplete="off"
        onChange={(event) => {
          setText(event.target.value);
          setAt(-1);
        }}
        onKeyDown={listen}
      />
      <span className="num text-xs text-muted" role="status">
        {wanted !== '' && t('canvas.found', { at: Math.max(0, at + 1), count: found.length })}
      </span>
      <button type="button" className="btn ghost icon s28" aria-label={t('shell.close')} onClick={close}>
        <X className="i i-14" aria-hidden />
      </button>
    </search>
  );
}
