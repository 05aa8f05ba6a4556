import { FileUp } from 'lucide-react';
import { useRef } from 'react';
import { JsonObject } from '#runtime/json.ts';
import { PluginDocument } from '#runtime/plugin.ts';
import { usePreferences } from '../state/preferences.ts';
import { sayFailed } from '../ui/notices.ts';
import { installPlugin } from './plugin-calls.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { usePluginChange } from './use-plugin-change.ts';

/** What `weft plugin pack` wrote; throws with what is wrong with it. */
function documentIn(text: string): JsonObject {
  const read = PluginDocument.safeParse(JSON.parse(text));
  if (read.success) return JsonObject.parse(read.data);
  const [issue] = read.error.issues;
  throw new Error(`${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`);
}

/** Installs a plugin, or a new version of one, from a file. */
export function InstallFile() {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const input = useRef<HTMLInputElement>(null);
  const install = usePluginChange(installPlugin, ({ title, version }) =>
    t('installed', { name: title[language], version }),
  );
  const read = async (file: File) => {
    try {
      install.mutate(documentIn(await file.text()));
    } catch (error) {
      sayFailed({ title: t('fileWrong', { file: file.name, why: error instanceof Error ? error.message : '' }) });
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        className="sr-only"
        tabIndex={-1}
        aria-label={t('fromFile')}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file) void read(file);
          event.target.value = '';
        }}
      />
      <button type="button" className="btn" aria-disabled={install.isPending} onClick={() => input.current?.click()}>
        <FileUp className="i i-14" aria-hidden />
        {t('fromFile')}
      </button>
    </>
  );
}
