import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PluginId } from '#runtime/plugin.ts';
import { pluginSkeleton } from '#runtime/plugin-skeleton.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { pluginsQuery, saveDraft } from './plugin-calls.ts';
import { pluginFailure } from './plugin-failure.ts';
import { usePluginTexts } from './plugin-texts.ts';

interface NewPluginProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** Ids of plugins and drafts there are. */
  readonly taken: readonly string[];
}

/** `Fraktregel för öar` as an id: `fraktregel-for-oar`. */
function idOf(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}

/** Begins a plugin as a draft. */
export function NewPlugin({ open, onClose, taken }: NewPluginProps) {
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [own, setOwn] = useState<string | null>(null);
  const [asked, setAsked] = useState(false);
  const id = own ?? idOf(name);
  const unnamed = name.trim() === '';
  const idFault = taken.includes(id) ? t('idTaken') : PluginId.safeParse(id).success ? undefined : t('idWrong');
  const make = useMutation({
    mutationFn: () => {
      const { about, code } = pluginSkeleton(id, name.trim());
      return saveDraft(tenant.id, id, { basedOn: 0, document: { ...about, code } });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: pluginsQuery(tenant.id).queryKey });
      await navigate({ to: '/a/$account/plugins/$plugin', params: { account: String(tenant.id), plugin: id } });
    },
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('make')}
      body={t('makeBody')}
      action={t('makeIt')}
      busy={make.isPending}
      onConfirm={() => {
        setAsked(true);
        if (!unnamed && idFault === undefined) make.mutate();
      }}
    >
      <AskText
        label={t('name')}
        value={name}
        onChange={setName}
        maxLength={80}
        error={asked && unnamed ? t('nameMissing') : undefined}
      />
      <AskText
        label={t('id')}
        value={id}
        onChange={setOwn}
        maxLength={40}
        error={asked && !unnamed ? idFault : undefined}
      />
      <p className="text-xs text-muted">{t('idHelp', { id: id === '' ? '…' : id })}</p>
      {make.isError && (
        <p role="alert" className="text-sm text-danger">
          {pluginFailure(make.error, house, language)}
        </p>
      )}
    </Confirm>
  );
}
