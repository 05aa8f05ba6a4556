import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiTokenCreated } from '#runtime/protocol.ts';
import { createToken } from '../api/actions.ts';
import { tokensQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { scopeWords } from './scope-words.ts';

const DAYS = [7, 30, 90, 180, 365];
const USUAL_DAYS = 90;

function Days({ value, onChange }: { readonly value: number; readonly onChange: (days: number) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field mt-2">
      <label htmlFor={id}>{t('tokens.days')}</label>
      <select id={id} className="input" value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {DAYS.map((days) => (
          <option key={days} value={days}>
            {t('tokens.dayCount', { count: days })}
          </option>
        ))}
      </select>
    </div>
  );
}

interface ScopesProps {
  readonly grantable: readonly string[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
  readonly error?: string | undefined;
}

function Scopes({ grantable, chosen, onChange, error }: ScopesProps) {
  const { t } = useTranslation();
  const id = useId();
  const turn = (scope: string) => {
    const next = new Set(chosen);
    if (!next.delete(scope)) next.add(scope);
    onChange(next);
  };
  return (
    <fieldset className="mt-2" aria-describedby={error ? `${id}-error` : undefined}>
      <legend className="text-sm font-medium">{t('tokens.may')}</legend>
      <ul className="max-h-[38vh] overflow-y-auto">
        {grantable.map((scope) => (
          <li key={scope}>
            <label className="flex min-h-8 cursor-pointer items-center gap-2 py-1 text-sm">
              <input
                type="checkbox"
                className="size-4 flex-none accent-(--accent)"
                checked={chosen.has(scope)}
                onChange={() => turn(scope)}
              />
              <span>{scopeWords(scope, t)}</span>
            </label>
          </li>
        ))}
      </ul>
      {error && (
        <p id={`${id}-error`} role="alert" className="text-xs text-danger">
          {error}
        </p>
      )}
    </fieldset>
  );
}

interface NewTokenProps {
  readonly tenant: number;
  readonly grantable: readonly string[];
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onMade: (made: ApiTokenCreated) => void;
}

/** Asks what a new token is for, and makes it. */
export function NewToken({ tenant, grantable, open, onClose, onMade }: NewTokenProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [days, setDays] = useState(USUAL_DAYS);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState(false);
  const make = useMutation({
    mutationFn: () => createToken(tenant, { name: name.trim(), scopes: [...chosen], days }),
    onSuccess: (made) => {
      setName('');
      setChosen(new Set());
      setAsked(false);
      onClose();
      onMade(made);
    },
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery(tenant).queryKey }),
  });
  const unnamed = name.trim() === '';
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tokens.makeTitle')}
      body={t('tokens.makeBody')}
      action={t('tokens.makeIt')}
      busy={make.isPending}
      onConfirm={() => {
        setAsked(true);
        if (!unnamed && chosen.size > 0) make.mutate();
      }}
    >
      <AskText
        label={t('tokens.name')}
        value={name}
        onChange={setName}
        maxLength={80}
        error={asked && unnamed ? t('tokens.nameMissing') : undefined}
      />
      <p className="text-xs text-muted">{t('tokens.nameHelp')}</p>
      <Days value={days} onChange={setDays} />
      <Scopes
        grantable={grantable}
        chosen={chosen}
        onChange={setChosen}
        error={asked && chosen.size === 0 ? t('tokens.mayMissing') : undefined}
      />
      {make.isError && (
        <p role="alert" className="text-sm text-danger">
          {failureText(make.error, t, language)}
        </p>
      )}
    </Confirm>
  );
}
