import { type NodeProps, NodeResizer } from '@xyflow/react';
import { lazy, memo, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LEAST_NOTE } from '../edit/document-edits.ts';
import { focusDrawing } from '../focus.ts';
import { useCanvas } from './canvas-context.ts';
import type { NoteElement } from './elements.ts';

const Markdown = lazy(async () => ({ default: (await import('../../markdown/markdown.tsx')).Markdown }));

/** A text as it is read; the letters themselves until what reads its marks is here. */
export function NoteText({ text }: { readonly text: string }) {
  return (
    <Suspense fallback={text}>
      <Markdown text={text} />
    </Suspense>
  );
}

/** A paper on the canvas, written where it lies. */
export const NoteNode = memo(function NoteNode({ data, selected }: NodeProps<NoteElement>) {
  const { t } = useTranslation();
  const { actions, writing: asked } = useCanvas();
  const { note } = data;
  const [writing, setWriting] = useState(false);
  useEffect(() => {
    if (asked === note.id) setWriting(true);
  }, [asked, note.id]);
  const text = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (writing) text.current?.focus();
  }, [writing]);
  return (
    <div className={`paper ${selected ? 'selected' : ''}`}>
      {actions && (
        <NodeResizer
          isVisible={selected}
          minWidth={LEAST_NOTE.width}
          minHeight={LEAST_NOTE.height}
          handleClassName="paper-grip"
          lineClassName="paper-line"
        />
      )}
      {writing ? (
        <textarea
          ref={text}
          className="nodrag nowheel"
          value={note.text}
          maxLength={4000}
          aria-label={t('canvas.note')}
          onChange={(event) => actions?.writeNote(note.id, event.target.value)}
          onBlur={() => {
            setWriting(false);
            actions?.wroteNote();
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            // the keys go on where they were before
            focusDrawing();
            setWriting(false);
          }}
        />
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: writing is in reach of the keyboard through the outline
        <div className="text marked" onDoubleClick={() => actions && setWriting(true)}>
          {note.text === '' ? (
            <span className="text-muted">{t('canvas.noteEmpty')}</span>
          ) : (
            <NoteText text={note.text} />
          )}
        </div>
      )}
    </div>
  );
});
