import { Suspense } from 'react';
import { Bones } from '../ui/states.tsx';
import { type ControlProps, useAria, useForm } from './form-context.ts';
import { TextControl } from './simple-controls.tsx';

/** A text that is code: in the editor for it, where the form was given one. */
export function CodeControl(props: ControlProps) {
  const { schema, title, value, onChange } = props;
  const { CodeField } = useForm();
  const { id, 'aria-describedby': describedBy } = useAria(props);
  if (!CodeField) return <TextControl {...props} />;
  const text = typeof value === 'string' ? value : String(schema.default ?? '');
  return (
    <fieldset id={id} className="code-box" aria-label={title} aria-describedby={describedBy}>
      <Suspense fallback={<Bones rows={4} height={20} />}>
        <CodeField label={title} value={text} onChange={onChange} />
      </Suspense>
    </fieldset>
  );
}
