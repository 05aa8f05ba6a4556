import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Package } from '#runtime/package.ts';
import type { TenantEntry } from '#runtime/tenant.ts';
import { sessionQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskChoice } from '../ui/ask-choice.tsx';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { knownFailure } from '../ui/known-failure.ts';
import { allowUnsigned, assignStaff, changePackage, createTenant, tenantsQuery } from './tenants-query.ts';

interface QuestionProps {
  readonly open: boolean;
  readonly onClose: () => void;
}

function Wrong({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <p role="alert" className="text-sm text-danger">
      {knownFailure(error, t('tenants.failed', { returnObjects: true }), t, language)}
    </p>
  );
}

function PackageChoice({ value, onChange }: { readonly value: Package; readonly onChange: (pack: Package) => void }) {
  const { t } = useTranslation();
  return (
    <AskChoice label={t('tenants.package')} value={value} onChange={(next) => onChange(Package.parse(next))}>
      {Package.options.map((pack) => (
        <option key={pack} value={pack}>
          {t(`shell.packages.${pack}`)}
        </option>
      ))}
    </AskChoice>
  );
}

/** Asks what a new customer is called and what it has bought. */
export function NewTenant({ open, onClose }: QuestionProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState('');
  const [orgNumber, setOrgNumber] = useState('');
  const [pack, setPack] = useState<Package>('100');
  const [timeZone, setTimeZone] = useState('Europe/Stockholm');
  const [language, setLanguage] = useState<'sv' | 'en'>('sv');
  const make = useMutation({
    mutationFn: () => createTenant({ name, orgNumber, package: pack, timeZone, language }),
    onSuccess: async () => {
      setName('');
      setOrgNumber('');
      onClose();
      await client.invalidateQueries({ queryKey: tenantsQuery.queryKey });
      // the switcher knows the new one, too
      await client.refetchQueries({ queryKey: sessionQuery.queryKey });
      await router.invalidate();
    },
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tenants.make')}
      body={t('tenants.makeBody')}
      action={t('tenants.makeIt')}
      busy={make.isPending}
      onConfirm={() => make.mutate()}
    >
      <AskText label={t('tenants.name')} value={name} onChange={setName} maxLength={120} />
      <AskText label={t('tenants.orgNumber')} value={orgNumber} onChange={setOrgNumber} maxLength={11} />
      <PackageChoice value={pack} onChange={setPack} />
      <AskText label={t('tenants.timeZone')} value={timeZone} onChange={setTimeZone} maxLength={60} />
      <AskChoice
        label={t('tenants.language')}
        value={language}
        onChange={(next) => setLanguage(next === 'en' ? 'en' : 'sv')}
      >
        <option value="sv">{t('tenants.sv')}</option>
        <option value="en">{t('tenants.en')}</option>
      </AskChoice>
      {make.isError && <Wrong error={make.error} />}
    </Confirm>
  );
}

/** Asks for another package, and why. */
export function NewPackage({ tenant, open, onClose }: QuestionProps & { readonly tenant: TenantEntry }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [pack, setPack] = useState(tenant.package);
  const [note, setNote] = useState('');
  const [asked, setAsked] = useState(false);
  const change = useMutation({
    mutationFn: () => changePackage(tenant.id, { package: pack, note: note.trim() }),
    onSuccess: () => {
      setNote('');
      setAsked(false);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: tenantsQuery.queryKey }),
  });
  const silent = note.trim() === '';
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tenants.changePackageOf', { name: tenant.name })}
      body={t('tenants.changePackageBody')}
      action={t('tenants.change')}
      busy={change.isPending}
      onConfirm={() => {
        setAsked(true);
        if (!silent) change.mutate();
      }}
    >
      <PackageChoice value={pack} onChange={setPack} />
      <AskText
        label={t('tenants.note')}
        value={note}
        onChange={setNote}
        maxLength={500}
        error={asked && silent ? t('tenants.noteMissing') : undefined}
      />
      {change.isError && <Wrong error={change.error} />}
    </Confirm>
  );
}

/** Asks why unsigned calls are allowed, or are no more. */
export function Unsigned({ tenant, open, onClose }: QuestionProps & { readonly tenant: TenantEntry }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [note, setNote] = useState('');
  const [asked, setAsked] = useState(false);
  const allowed = !tenant.unsignedWebhooks;
  const change = useMutation({
    mutationFn: () => allowUnsigned(tenant.id, { allowed, note: note.trim() }),
    onSuccess: () => {
      setNote('');
      setAsked(false);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: tenantsQuery.queryKey }),
  });
  const silent = note.trim() === '';
  const words = allowed ? 'allow' : 'forbid';
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t(`tenants.unsigned.${words}Title`, { name: tenant.name })}
      body={t(`tenants.unsigned.${words}Body`)}
      action={t(`tenants.unsigned.${words}`)}
      danger
      busy={change.isPending}
      onConfirm={() => {
        setAsked(true);
        if (!silent) change.mutate();
      }}
    >
      <AskText
        label={t('tenants.note')}
        value={note}
        onChange={setNote}
        maxLength={500}
        error={asked && silent ? t('tenants.noteMissing') : undefined}
      />
      {change.isError && <Wrong error={change.error} />}
    </Confirm>
  );
}

/** Asks who looks after the customer. */
export function NewStaff({ tenant, open, onClose }: QuestionProps & { readonly tenant: TenantEntry }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const assign = useMutation({
    mutationFn: () => assignStaff(tenant.id, email),
    onSuccess: () => {
      setEmail('');
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: tenantsQuery.queryKey }),
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tenants.assignTo', { name: tenant.name })}
      body={t('tenants.assignBody')}
      action={t('tenants.assign')}
      busy={assign.isPending}
      onConfirm={() => assign.mutate()}
    >
      <AskText label={t('tenants.email')} value={email} onChange={setEmail} maxLength={200} />
      {assign.isError && <Wrong error={assign.error} />}
    </Confirm>
  );
}
