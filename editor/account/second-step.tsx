import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccountAnswer, SecondStep as Code, ConfirmSecondStep, type SecondStepBegun } from '#runtime/people.ts';
import { beginSecondStep, confirmSecondStep, endSecondStep, renewRecoveryCodes } from '../api/people.ts';
import { accountQuery, sessionQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { FormError, PasswordField, TextField } from '../ui/fields.tsx';
import { sayDone } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { Part } from './part.tsx';

interface SetUpProps {
  readonly begun: SecondStepBegun;
  readonly onCodes: (codes: readonly string[]) => void;
}

/** The picture to point an authenticator at, the same as text, and the first code. */
function SetUp({ begun, onCodes }: SetUpProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [wrong, setWrong] = useState(false);
  const confirm = useMutation({ mutationFn: confirmSecondStep, onSuccess: ({ codes }) => onCodes(codes) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = ConfirmSecondStep.safeParse({ code: new FormData(event.currentTarget).get('code') });
    setWrong(!code.success);
    if (code.success && !confirm.isPending) confirm.mutate(code.data);
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
      <p className="text-sm">{t('people.secondStep.scan')}</p>
      <img
        src={begun.picture}
        alt={t('people.secondStep.picture')}
        className="size-48 rounded-lg border border-border"
      />
      <div className="flex max-w-120 flex-wrap gap-2">
        <CopyField label={t('people.secondStep.secret')} value={begun.secret} />
      </div>
      <div className="max-w-100">
        <TextField
          name="code"
          label={t('people.secondStep.code')}
          help={t('people.secondStep.codeHelp')}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={6}
          focus
          error={
            wrong
              ? t('people.errors.codeInvalid')
              : confirm.isError
                ? peopleFailure(confirm.error, t, language)
                : undefined
          }
        />
      </div>
      <button type="submit" className="btn primary self-start" aria-disabled={confirm.isPending}>
        {t('people.secondStep.turnOn')}
      </button>
    </form>
  );
}

/** Shown this once. */
function Codes({ codes, onDone }: { readonly codes: readonly string[]; readonly onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-border p-4">
      <h3 className="font-semibold">{t('people.secondStep.codesTitle')}</h3>
      <p className="text-sm text-muted">{t('people.secondStep.codesHelp')}</p>
      <ul className="mono grid max-w-80 grid-cols-2 gap-x-6 gap-y-1">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyField label={t('people.secondStep.codesTitle')} value={codes.join(' ')} />
        <button type="button" className="btn" onClick={onDone}>
          {t('people.secondStep.kept')}
        </button>
      </div>
    </div>
  );
}

interface ProveProps {
  readonly action: string;
  readonly danger: boolean;
  readonly act: (proof: { readonly password: string; readonly code: string }) => Promise<unknown>;
  readonly onDone: () => void;
}

/** Asks for password and code before something that a borrowed session must not do. */
function Prove({ action, danger, act, onDone }: ProveProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [wrong, setWrong] = useState<'secondPassword' | 'code'>();
  const off = useMutation({ mutationFn: act, onSuccess: onDone });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get('secondPassword') ?? '');
    const code = Code.safeParse({ code: form.get('code') });
    const first = password === '' ? 'secondPassword' : code.success ? undefined : 'code';
    setWrong(first);
    if (!first && code.success && !off.isPending) off.mutate({ password, code: code.data.code });
  };
  return (
    <form className="flex max-w-100 flex-col gap-4" onSubmit={submit} noValidate>
      {off.isError && <FormError text={peopleFailure(off.error, t, language)} />}
      <PasswordField
        name="secondPassword"
        label={t('people.account.current')}
        autoComplete="current-password"
        error={wrong === 'secondPassword' ? t('people.errors.missing') : undefined}
      />
      <TextField
        name="code"
        label={t('people.secondStep.code')}
        autoComplete="one-time-code"
        maxLength={20}
        error={wrong === 'code' ? t('people.errors.codeInvalid') : undefined}
      />
      <button type="submit" className={`btn ${danger ? 'danger' : 'primary'} self-start`} aria-disabled={off.isPending}>
        {action}
      </button>
    </form>
  );
}

/** Two-step sign-in: off, being set up, just set up, or on. */
export function SecondStep({ state }: { readonly state: AccountAnswer['secondStep'] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const [codes, setCodes] = useState<readonly string[]>();
  const [asked, setAsked] = useState<'off' | 'codes' | null>(null);
  const begin = useMutation({ mutationFn: beginSecondStep });
  const renew = async () => {
    begin.reset();
    setAsked(null);
    setCodes(undefined);
    await client.invalidateQueries({ queryKey: accountQuery.queryKey });
    await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
  };
  return (
    <Part title={t('people.secondStep.title')} help={t('people.secondStep.help')}>
      {state.required && !state.on && !codes && (
        <p className="note warn">
          <ShieldAlert className="i" aria-hidden />
          {t('people.secondStep.required')}
        </p>
      )}
      {begin.isError && <FormError text={peopleFailure(begin.error, t, language)} />}
      {codes && <Codes codes={codes} onDone={() => void renew()} />}
      {!codes && begin.data && !state.on && <SetUp begun={begin.data} onCodes={setCodes} />}
      {!codes && !begin.data && !state.on && (
        <button type="button" className="btn primary self-start" onClick={() => begin.mutate()}>
          {t('people.secondStep.begin')}
        </button>
      )}
      {!codes && state.on && (
        <>
          <p className="note ok">
            <ShieldCheck className="i" aria-hidden />
            {t('people.secondStep.on', { count: state.recoveryCodes })}
          </p>
          {asked === 'off' && (
            <Prove
              action={t('people.secondStep.turnOff')}
              danger
              act={endSecondStep}
              onDone={() => {
                sayDone({ title: t('people.secondStep.off') });
                void renew();
              }}
            />
          )}
          {asked === 'codes' && (
            <Prove
              action={t('people.secondStep.newCodes')}
              danger={false}
              act={async (proof) => setCodes((await renewRecoveryCodes(proof)).codes)}
              onDone={() => setAsked(null)}
            />
          )}
          {asked === null && (
            <div className="flex flex-wrap gap-2">
              <button type="button" className="btn" onClick={() => setAsked('codes')}>
                {t('people.secondStep.newCodes')}
              </button>
              <button type="button" className="btn" onClick={() => setAsked('off')}>
                {t('people.secondStep.turnOff')}
              </button>
            </div>
          )}
        </>
      )}
    </Part>
  );
}
