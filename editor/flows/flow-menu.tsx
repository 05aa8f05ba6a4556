import { Menu } from '@base-ui/react/menu';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Copy, Download, Ellipsis, FlaskConical, type LucideIcon, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '#runtime/protocol.ts';
import { deleteFlow, duplicateFlow, exportFlow, renameFlow } from '../api/actions.ts';
import { ApiError } from '../api/call.ts';
import { refreshFlow } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm, useQuestion } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { MenuPopup } from '../ui/menu-popup.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { TestRecordsQuestion } from './test-mode.tsx';

interface FlowMenuProps {
  readonly tenant: number;
  readonly flow: FlowSummary;
}

/** Hands the browser a text as a file. */
function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

const fileName = (name: string): string =>
  `${name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')}.weft.json`;

/** Runs an action on the flow, renews the lists and then says how it went: what is told can be seen, and gone on with. */
function useAct({ tenant, flow }: FlowMenuProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const why = (error: unknown): string => {
    if (error instanceof ApiError && error.code === 'FLOW_HAS_RUNS') return t('flows.hasRun');
    if (error instanceof ApiError && error.code === 'FLOW_LIVE') return t('flows.isLive');
    return failureText(error, t, language);
  };
  const refresh = () => refreshFlow(client, tenant, flow.id);
  return useMutation({
    mutationFn: async ({ run }: { readonly run: () => Promise<string> }) => run(),
    onSuccess: async (title) => {
      await refresh();
      sayDone({ title });
    },
    onError: (error) => {
      sayFailed({ title: why(error) });
      return refresh();
    },
  });
}

function Rename({
  flow,
  onClose,
  onRename,
  open,
}: {
  readonly flow: FlowSummary;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onRename: (name: string) => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState(flow.name);
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('flows.renameTitle', { name: flow.name })}
      body={flow.liveVersion === null ? '' : t('flows.renameBody')}
      action={t('flows.renameDo')}
      onConfirm={() => name.trim() !== '' && onRename(name.trim())}
    >
      <AskText
        label={t('flows.name')}
        value={name}
        onChange={setName}
        maxLength={120}
        error={name.trim() === '' ? t('flows.nameMissing') : undefined}
      />
    </Confirm>
  );
}

/** What else may be done with a flow of the list. */
export function FlowMenu({ tenant, flow }: FlowMenuProps) {
  const { t } = useTranslation();
  const { open, ask, close } = useQuestion<'rename' | 'remove' | 'test'>();
  const act = useAct({ tenant, flow });
  const { name } = flow;
  const copy = () =>
    duplicateFlow(tenant, flow.id, t('flows.copyOf', { name }).slice(0, 120)).then((made) =>
      t('flows.made', { name: made.name }),
    );
  const save = async () => {
    download(fileName(name), `${JSON.stringify(await exportFlow(tenant, flow.id), null, 2)}\n`);
    return t('flows.exported', { name });
  };
  const items: readonly { readonly icon: LucideIcon; readonly text: string; readonly go: () => void }[] = [
    { icon: Pencil, text: t('flows.rename'), go: () => ask('rename') },
    { icon: Copy, text: t('flows.duplicate'), go: () => act.mutate({ run: copy }) },
    { icon: Download, text: t('flows.export'), go: () => act.mutate({ run: save }) },
    ...(flow.state === 'draft' ? [] : [{ icon: FlaskConical, text: t('flows.test.menu'), go: () => ask('test') }]),
    { icon: Trash2, text: t('flows.remove'), go: () => ask('remove') },
  ];
  return (
    <>
      <Menu.Root defaultOpen>
        <Menu.Trigger className="btn ghost icon over-row" aria-label={t('flows.actions', { name })}>
          <Ellipsis className="i" aria-hidden />
        </Menu.Trigger>
        <MenuPopup>
          {items.map(({ icon: Icon, text, go }) => (
            <Menu.Item key={text} className="it" onClick={go}>
              <Icon className="i i-14 text-muted" aria-hidden />
              {text}
            </Menu.Item>
          ))}
        </MenuPopup>
      </Menu.Root>
      {open === 'rename' && (
        <Rename
          flow={flow}
          open
          onClose={close}
          onRename={(next) => {
            close();
            act.mutate({ run: () => renameFlow(tenant, flow.id, next).then(() => t('flows.renamed', { name: next })) });
          }}
        />
      )}
      {open === 'test' && <TestRecordsQuestion flow={flow} open onClose={close} />}
      <Confirm
        open={open === 'remove'}
        onClose={close}
        title={t('flows.removeTitle', { name })}
        body={t('flows.removeBody')}
        action={t('flows.removeDo')}
        danger
        onConfirm={() => {
          close();
          act.mutate({ run: () => deleteFlow(tenant, flow.id).then(() => t('flows.removed', { name })) });
        }}
      />
    </>
  );
}
