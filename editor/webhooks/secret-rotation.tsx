import { useMutation } from '@tanstack/react-query';
import { KeyRound, RefreshCw } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RenewSecret } from '#runtime/protocol.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm, useQuestion } from '../ui/confirm.tsx';
import { CopyField } from '../ui/copy-field.tsx';
import { failureText } from '../ui/failure-text.ts';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { Select } from '../ui/select.tsx';

/** Hours the secret before can be taken; zero: from now on the new one alone. */
const HOURS = [24, 1, 72, 168, 720, 0] as const;
const SHORTEST = 16;

interface RotationProps {
  readonly hasSecret: boolean;
  /** Weft puts it in place in the other system by itself, so that there is nothing to show or to fill in. */
  readonly placed: boolean;
  readonly earlierUntil: number | null;
  /** Answers the new secret where it is to be shown, this once. */
  readonly renew: (wish: RenewSecret) => Promise<string | null>;
  readonly end: () => Promise<unknown>;
}

function Made({ secret, onDone }: { readonly secret: string; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <section className="flex flex-col gap-2 rounded-lg border border-border p-3" aria-labelledby={id}>
      <h4 id={id} className="flex items-center gap-2 text-sm font-semibold">
        <KeyRound className="i i-14" aria-hidden />
        {t('webhooks.madeTitle')}
      </h4>
      <p className="text-xs text-muted">{t('webhooks.madeBody')}</p>
      <div className="flex flex-wrap gap-2">
        <CopyField label={t('webhooks.secret')} value={secret} select />
        <button type="button" className="btn" onClick={onDone}>
          {t('tokens.done')}
        </button>
      </div>
    </section>
  );
}

function Hours({ value, onChange }: { readonly value: number; readonly onChange: (hours: number) => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="field mt-2">
      <label htmlFor={id}>{t('webhooks.keep')}</label>
      <Select id={id} value={value} onChange={(event) => onChange(Number(event.target.value))}>
        {HOURS.map((hours) => (
          <option key={hours} value={hours}>
            {t(`webhooks.hours.h${hours}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}

interface AskProps extends Pick<RotationProps, 'hasSecret' | 'placed' | 'renew'> {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onMade: (secret: string | null) => void;
}

/** Asks for how long the one before goes on, and whether the other system has given the new one. */
function AskNew({ open, onClose, hasSecret, placed, renew, onMade }: AskProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [keepHours, setKeepHours] = useState<number>(HOURS[0]);
  const [given, setGiven] = useState('');
  const make = useMutation({
    mutationFn: () => renew({ keepHours, ...(given === '' ? {} : { secret: given }) }),
    onSuccess: (secret) => {
      // what a person has typed needs not be shown again
      onMade(given === '' ? secret : null);
      setGiven('');
      onClose();
      sayDone({ title: t(placed ? 'webhooks.rotatedPlaced' : hasSecret ? 'webhooks.rotated' : 'webhooks.made') });
    },
  });
  const wrong = given !== '' && !/^[\x21-\x7e]{16,200}$/.test(given);
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t(hasSecret ? 'webhooks.askTitle' : 'webhooks.askFirst')}
      body={t(placed ? 'webhooks.askPlaced' : hasSecret ? 'webhooks.askBody' : 'webhooks.askFirstBody')}
      action={t(hasSecret ? 'webhooks.rotateIt' : 'webhooks.makeIt')}
      busy={make.isPending}
      onConfirm={() => !wrong && make.mutate()}
    >
      {hasSecret && <Hours value={keepHours} onChange={setKeepHours} />}
      {!placed && (
        <AskText
          label={t('webhooks.given')}
          value={given}
          onChange={setGiven}
          maxLength={200}
          error={wrong ? t('webhooks.givenWrong', { least: SHORTEST }) : undefined}
        />
      )}
      {make.isError && (
        <p role="alert" className="text-sm text-danger">
          {failureText(make.error, t, language)}
        </p>
      )}
    </Confirm>
  );
}

/** While two secrets are taken: until when, and the way to end it. */
function Under({ until, end }: { readonly until: number; readonly end: RotationProps['end'] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { open, ask, close } = useQuestion<'end'>();
  const ending = useMutation({
    mutationFn: end,
    onSuccess: () => {
      close();
      sayDone({ title: t('webhooks.ended') });
    },
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
  });
  return (
    <div className="note warn flex-wrap">
      <RefreshCw className="i" aria-hidden />
      <p className="min-w-0 flex-1 basis-50">
        {t('webhooks.under')} <Moment at={until} />.
      </p>
      <button type="button" className="btn" onClick={() => ask('end')}>
        {t('webhooks.end')}
      </button>
      <Confirm
        open={open === 'end'}
        onClose={close}
        title={t('webhooks.endTitle')}
        body={t('webhooks.endBody')}
        action={t('webhooks.endDo')}
        danger
        busy={ending.isPending}
        onConfirm={() => ending.mutate()}
      />
    </div>
  );
}

/** The secret that signs webhooks: whether there is one, another beside it, and the rotation that is under way. */
export function SecretRotation({ hasSecret, placed, earlierUntil, renew, end }: RotationProps) {
  const { t } = useTranslation();
  const { open, ask, close } = useQuestion<'new'>();
  const [made, setMade] = useState<string | null>(null);
  const none = placed ? t('webhooks.nonePlaced') : t('webhooks.none');
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-0 flex-1 basis-40 text-sm text-muted">{hasSecret ? t('webhooks.has') : none}</p>
        {(hasSecret || !placed) && (
          <button type="button" className={`btn ${hasSecret ? '' : 'primary'}`} onClick={() => ask('new')}>
            {t(hasSecret ? 'webhooks.rotate' : 'webhooks.make')}
          </button>
        )}
      </div>
      {earlierUntil !== null && <Under until={earlierUntil} end={end} />}
      {made !== null && <Made secret={made} onDone={() => setMade(null)} />}
      <AskNew
        open={open === 'new'}
        onClose={close}
        hasSecret={hasSecret}
        placed={placed}
        renew={renew}
        onMade={setMade}
      />
    </div>
  );
}
