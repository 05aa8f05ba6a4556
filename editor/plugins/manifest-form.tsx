import { fieldPath } from '#runtime/error.ts';
import { JsonObject } from '#runtime/json.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { usePreferences } from '../state/preferences.ts';
import { manifestSchema } from './manifest-schema.ts';
import { problemsOf } from './plugin-document.ts';

interface ManifestFormProps {
  readonly document: JsonObject;
  readonly onChange: (document: JsonObject) => void;
}

const SHOWN = Object.keys(JsonObject.parse(manifestSchema['properties']));

/** What a plugin says of itself, field by field. */
export function ManifestForm({ document, onChange }: ManifestFormProps) {
  const shown = Object.fromEntries(Object.entries(document).filter(([name]) => SHOWN.includes(name)));
  const hidden = Object.fromEntries(Object.entries(document).filter(([name]) => !SHOWN.includes(name)));
  const { language } = usePreferences();
  const problems = problemsOf(document, language)
    .filter(({ path }) => SHOWN.includes(String(path[0])))
    .map(({ path, message }) => ({ field: fieldPath(path), message }));
  return (
    <div className="p-(--inset)">
      <SchemaForm
        schema={manifestSchema}
        value={shown}
        onChange={(next) => onChange({ ...hidden, ...next })}
        problems={problems}
      />
    </div>
  );
}
