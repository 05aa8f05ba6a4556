import { lazy, Suspense } from 'react';
import { Bones } from '../ui/states.tsx';
import { type ControlProps, useAria } from './form-context.ts';

const CodeField = lazy(async () => ({ default: (await import('../code/code-field.tsx')).CodeField }));

/** A text that is code: the editor for it is fetched when the first one is shown. */
export function CodeControl(props: ControlProps) {
  const { schema, title, value, onChange } = props;
  const { id, 'aria-describedby': describedBy } = useAria(props);
  const text = typeof value === 'string' ? value : String(schema.default ?? '');
  return (
    <fieldset id={id} className="code-box" aria-label={title} aria-describedby={describedBy}>
      <Suspense fallback={<Bones rows={4} height={20} />}>
        <CodeField label={title} value={text} onChange={onChange} />
      </Suspense>
    </fieldset>
  );
}
