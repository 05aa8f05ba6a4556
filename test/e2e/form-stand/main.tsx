import '#editor/jitless.ts';
import '#editor/style/app.css';
import { useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { SchemaForm, type SchemaFormProps } from '#editor/form/schema-form.tsx';
import { startLanguage } from '#editor/i18n.ts';
import { setPreference, startTheme } from '#editor/state/preferences.ts';
import type { Scope } from '#runtime/binding.ts';
import type { JsonObject } from '#runtime/json.ts';

/** What a test shows; functions do not cross into the page, so a sample is told as plain values. */
export interface Shown extends Omit<SchemaFormProps, 'onChange' | 'bindings'> {
  readonly bindings?: {
    readonly fields: NonNullable<SchemaFormProps['bindings']>['fields'];
    readonly sample?: JsonObject;
  };
  readonly language?: 'sv' | 'en';
}

export interface Stand {
  value: JsonObject;
  show(shown: Shown): void;
}

declare global {
  interface Window {
    stand: Stand;
  }
}

startTheme();
await startLanguage();

function scopeOf(sample: JsonObject): Scope {
  return { input: sample, params: {}, step: () => undefined };
}

function Page({ value: first, bindings, ...shown }: Shown) {
  const [value, setValue] = useState(first);
  window.stand.value = value;
  return (
    <div style={{ maxWidth: 400, margin: 24 }}>
      <SchemaForm
        {...shown}
        {...(bindings && {
          bindings: { fields: bindings.fields, ...(bindings.sample && { scope: scopeOf(bindings.sample) }) },
        })}
        value={value}
        onChange={setValue}
      />
    </div>
  );
}

let root: Root | undefined;
window.stand = {
  value: {},
  show: ({ language, ...shown }) => {
    if (language) setPreference({ language });
    root?.unmount();
    const place = document.getElementById('root');
    if (!place) return;
    root = createRoot(place);
    root.render(<Page {...shown} />);
  },
};
