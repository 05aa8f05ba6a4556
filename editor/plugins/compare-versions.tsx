import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { lazy, Suspense, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { JsonObject } from '#runtime/json.ts';
import type { PluginSummary } from '#runtime/protocol.ts';
import { useTenant } from '../shell/tenant.ts';
import { sayDone } from '../ui/notices.ts';
import { Select } from '../ui/select.tsx';
import { Bones, Failed } from '../ui/states.tsx';
import { pluginVersionQuery } from './plugin-calls.ts';
import { aboutOf, codeOf, jsonText } from './plugin-document.ts';
import type { WrittenPlugin } from './plugin-draft.ts';
import { usePluginTexts } from './plugin-texts.ts';

const TextDifference = lazy(async () => ({
  default: (await import('../code/text-difference.tsx')).TextDifference,
}));

interface CompareVersionsProps {
  readonly written: WrittenPlugin;
  readonly installed: PluginSummary | undefined;
  readonly open: boolean;
  readonly onClose: () => void;
}

type Part = 'code' | 'about';

/** As both were written the same way: what order or default they stand in is no difference. */
function textOf(document: JsonObject, part: Part): string {
  return part === 'code' ? codeOf(document) : jsonText(aboutOf(document));
}

function Content({ written, installed, onClose }: CompareVersionsProps & { readonly installed: PluginSummary }) {
  const { t } = usePluginTexts();
  const tenant = useTenant();
  const id = useId();
  const [version, setVersion] = useState(installed.version);
  const [part, setPart] = useState<Part>('code');
  const query = useQuery(pluginVersionQuery(tenant.id, installed.id, version));
  const base = query.data && JsonObject.parse(query.data);
  const [before, after] = base ? [textOf(base, part), textOf(written.document, part)] : ['', ''];
  return (
    <>
      <div className="flex flex-wrap gap-3 px-5 pb-3">
        <div className="field min-w-0 flex-1 basis-40">
          <label htmlFor={`${id}-base`}>{t('compare.base')}</label>
          <Select id={`${id}-base`} value={version} onChange={(event) => setVersion(event.target.value)}>
            {installed.versions.map((each) => (
              <option key={each.version}>{each.version}</option>
            ))}
          </Select>
        </div>
        <div className="field min-w-0 flex-1 basis-40">
          <label htmlFor={`${id}-part`}>{t('compare.part')}</label>
          <Select
            id={`${id}-part`}
            value={part}
            onChange={(event) => setPart(event.target.value === 'code' ? 'code' : 'about')}
          >
            <option value="code">{t('author.code')}</option>
            <option value="about">{t('author.about')}</option>
          </Select>
        </div>
      </div>
      <div className="max-h-[55vh] overflow-y-auto border-y border-border">
        {query.isPending && <Bones rows={3} />}
        {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
        {base && before === after && <p className="p-5 text-sm text-muted">{t('compare.same')}</p>}
        {base && before !== after && (
          <Suspense fallback={<Bones rows={3} />}>
            <TextDifference
              label={t('compare.difference')}
              language={part === 'code' ? 'typescript' : 'json'}
              before={before}
              after={after}
            />
          </Suspense>
        )}
      </div>
      <div className="flex flex-wrap justify-end gap-2 px-5 py-3">
        <button
          type="button"
          className="btn"
          aria-disabled={!base}
          onClick={() => {
            if (!base) return;
            written.change(base);
            onClose();
            sayDone({ title: t('compare.restored', { version }) });
          }}
        >
          {t('compare.restore')}
        </button>
      </div>
    </>
  );
}

/** What the draft changes against any installed version. */
export function CompareVersions(props: CompareVersionsProps) {
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { installed, open, onClose } = props;
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog wide">
          <div className="flex items-start gap-2 p-5">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="text-lg font-semibold">{t('compare.title')}</Dialog.Title>
              <Dialog.Description className="text-muted">
                {t(installed ? 'compare.body' : 'compare.none')}
              </Dialog.Description>
            </div>
            <Dialog.Close className="btn ghost icon s28" aria-label={house('shell.close')}>
              <X className="i" aria-hidden />
            </Dialog.Close>
          </div>
          {open && installed && <Content {...props} installed={installed} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
