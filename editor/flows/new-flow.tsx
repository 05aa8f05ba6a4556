import { Menu } from '@base-ui/react/menu';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { File, FileUp, LayoutTemplate, Lock, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FLOW_FORMAT, FlowDocument } from '#runtime/flow.ts';
import { allows, packageOf } from '#runtime/package.ts';
import { createFlow } from '../api/actions.ts';
import { flowsQuery } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { MenuPopup } from '../ui/menu-popup.tsx';

function Blank({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const creation = useMutation({
    mutationFn: () => createFlow(tenant.id, FlowDocument.parse({ format: FLOW_FORMAT, name, nodes: [], wires: [] })),
    onSuccess: async (flow) => {
      await client.invalidateQueries({ queryKey: flowsQuery(tenant.id).queryKey });
      await navigate({ to: '/a/$account/flows/$flow', params: { account: String(tenant.id), flow: flow.id } });
    },
  });
  const missing = asked && name.trim() === '' ? t('flows.nameMissing') : undefined;
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('flows.newFlow')}
      body={t('flows.blankHelp')}
      action={creation.isPending ? t('flows.creating') : t('flows.create')}
      busy={creation.isPending}
      onConfirm={() => {
        setAsked(true);
        if (name.trim() !== '') creation.mutate();
      }}
    >
      <AskText
        label={t('flows.blankName')}
        value={name}
        onChange={setName}
        maxLength={120}
        error={creation.isError ? failureText(creation.error, t, language) : missing}
      />
      <p className="mt-3 flex items-center gap-2 text-sm text-muted">
        <span className="chip line">{t(`shell.packages.${tenant.package}`)}</span>
        {t('flows.blankPackage', { name: tenant.name })}
      </p>
      {!allows(tenant.package, 'free-flows') && (
        <p className="note warn mt-3">
          <Lock className="i" aria-hidden />
          {t('flows.freeLocked', {
            needed: t(`shell.packagesWithin.${packageOf('free-flows')}`),
            owned: t(`shell.packagesWithin.${tenant.package}`),
          })}
        </p>
      )}
    </Confirm>
  );
}

/** The ways to a new flow: blank, from a template, from a file. */
export function NewFlow() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const navigate = useNavigate();
  const [blank, setBlank] = useState(false);
  const params = { account: String(tenant.id) };
  const locked = !allows(tenant.package, 'free-flows');
  const ways = [
    {
      icon: LayoutTemplate,
      title: t('flows.template'),
      help: t('flows.templateHelp'),
      free: false,
      go: () => void navigate({ to: '/a/$account/templates', params }),
    },
    { icon: File, title: t('flows.blank'), help: t('flows.blankHelp'), free: true, go: () => setBlank(true) },
    {
      icon: FileUp,
      title: t('flows.file'),
      help: t('flows.fileHelp'),
      free: false,
      go: () => void navigate({ to: '/a/$account/flows/import', params }),
    },
  ];
  return (
    <>
      <Menu.Root defaultOpen>
        <Menu.Trigger className="btn primary">
          <Plus className="i i-14" aria-hidden />
          {t('flows.newFlow')}
        </Menu.Trigger>
        <MenuPopup>
          {ways.map(({ icon: Icon, title, help, free, go }) => (
            <Menu.Item key={title} className="it py-1.5" onClick={go}>
              <Icon className="i text-muted" aria-hidden />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{title}</span>
                <span className="block text-xs text-muted">{help}</span>
              </span>
              {free && locked && (
                <span className="chip line">
                  <Lock className="i i-12" aria-hidden />
                  {t(`shell.packages.${packageOf('free-flows')}`)}
                </span>
              )}
            </Menu.Item>
          ))}
        </MenuPopup>
      </Menu.Root>
      <Blank open={blank} onClose={() => setBlank(false)} />
    </>
  );
}
