import { CircleX } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JsonObject } from '#runtime/json.ts';
import type { ConnectorSummary } from '#runtime/protocol.ts';
import { ApiError } from '../api/call.ts';
import { checkForm } from '../form/check.ts';
import type { FormProblem } from '../form/form-context.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';

/** What a connection's form says. */
export interface ConnectionDraft {
  readonly title: string;
  readonly settings: JsonObject;
  readonly secrets: Readonly<Record<string, string>>;
  readonly grants: readonly string[];
}

interface FormProps {
  readonly connector: ConnectorSummary;
  readonly start: ConnectionDraft;
  /** Names of the secrets there are already. */
  readonly saved: readonly string[];
  /** May let it reach private addresses. */
  readonly mayGrant: boolean;
  readonly error: unknown;
  /** What the failure has left as it was. */
  readonly aftermath?: string | undefined;
  readonly busy: boolean;
  readonly action: string;
  readonly onSubmit: (draft: ConnectionDraft) => void;
  /** A second way to go on, offered beside the first. */
  readonly other?: { readonly label: string; readonly run: (draft: ConnectionDraft) => void } | undefined;
}

const GRANTS = {
  type: 'object',
  properties: { grants: { type: 'array', maxItems: 20, items: { type: 'string' } } },
} as const;

/** The server's complaint, as the part of the form it belongs to has it; `secrets.token` is `token` among the secrets. */
function problemsIn(part: string, error: unknown): readonly FormProblem[] {
  if (!(error instanceof ApiError) || error.field === undefined) return [];
  if (error.field === part) return [{ field: '', message: error.message }];
  const inside = error.field.startsWith(`${part}.`);
  return inside ? [{ field: error.field.slice(part.length + 1), message: error.message }] : [];
}

/** Goes to the first field that is marked as wrong, once it is. */
function goToFirst(form: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const wrong = form?.querySelector<HTMLElement>(
      '[aria-invalid="true"], .field:has([role="alert"]) :is(input, select, textarea)',
    );
    wrong?.closest('details')?.setAttribute('open', '');
    wrong?.focus();
  });
}

function Failure({ error, aftermath }: Pick<FormProps, 'error' | 'aftermath'>) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <p role="alert" className="note bad">
      <CircleX className="i" aria-hidden />
      {failureText(error, t, language)} {aftermath}
    </p>
  );
}

/** The one form of every connection: name, settings, secrets, and for administrators private addresses. */
export function ConnectionForm(props: FormProps) {
  const { connector, start, saved, mayGrant, error, aftermath, busy, action, onSubmit, other } = props;
  const { t } = useTranslation();
  const [draft, setDraft] = useState(start);
  const [showAll, setShowAll] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const id = useId();
  const wrong =
    draft.title.trim() === '' ||
    checkForm(connector.settings, draft.settings).length > 0 ||
    checkForm(connector.secrets, draft.secrets).some(
      ({ field, code }) => code !== 'required' || !saved.includes(field),
    );
  const go = (run: (draft: ConnectionDraft) => void) => {
    setShowAll(true);
    if (wrong) goToFirst(form.current);
    else if (!busy) run(draft);
  };
  const hasSecrets = Object.keys((connector.secrets['properties'] ?? {}) as object).length > 0;
  const placed = error instanceof ApiError && /^(settings|secrets|grants)\b/.test(error.field ?? '');
  return (
    <form
      ref={form}
      noValidate
      className="flex flex-col gap-8"
      onSubmit={(event) => {
        event.preventDefault();
        go(onSubmit);
      }}
    >
      <div className="field">
        <label htmlFor={id}>{t('connections.name')}</label>
        <input
          id={id}
          className="input"
          maxLength={100}
          value={draft.title}
          autoComplete="off"
          aria-describedby={`${id}-help`}
          aria-invalid={(showAll && draft.title.trim() === '') || undefined}
          onChange={(event) => setDraft({ ...draft, title: event.target.value })}
        />
        <p id={`${id}-help`} className="text-xs text-muted">
          {t('connections.nameHelp')}
        </p>
      </div>
      <section aria-labelledby={`${id}-settings`} className="flex flex-col gap-3">
        <h2 id={`${id}-settings`}>{t('connections.settings')}</h2>
        <SchemaForm
          schema={connector.settings}
          value={draft.settings}
          onChange={(settings) => setDraft({ ...draft, settings })}
          problems={problemsIn('settings', error)}
          showAll={showAll}
          fold
        />
      </section>
      {hasSecrets && (
        <section aria-labelledby={`${id}-secrets`} className="flex flex-col gap-3">
          <div>
            <h2 id={`${id}-secrets`}>{t('connections.secrets')}</h2>
            <p className="text-xs text-muted">
              {t('connections.secretsHelp')}{' '}
              {connector.oauth && t('connections.oauthHelp', { system: connector.title })}
            </p>
          </div>
          <SchemaForm
            schema={connector.secrets}
            value={draft.secrets}
            onChange={(secrets) => setDraft({ ...draft, secrets: secrets as Readonly<Record<string, string>> })}
            problems={problemsIn('secrets', error)}
            saved={saved}
            showAll={showAll}
          />
        </section>
      )}
      {mayGrant && (
        <SchemaForm
          schema={{
            ...GRANTS,
            properties: {
              grants: {
                ...GRANTS.properties.grants,
                title: t('connections.grants'),
                titleSv: t('connections.grants'),
                help: { en: t('connections.grantsHelp'), sv: t('connections.grantsHelp') },
              },
            },
          }}
          value={{ grants: draft.grants }}
          onChange={({ grants }) => setDraft({ ...draft, grants: Array.isArray(grants) ? grants.map(String) : [] })}
          problems={problemsIn('grants', error).map((each) => ({ ...each, field: 'grants' }))}
        />
      )}
      <div className="flex flex-col gap-3 border-t border-border pt-4">
        {showAll && wrong && (
          <p role="status" className="text-sm text-danger">
            {t('connections.fix')}
          </p>
        )}
        {error !== null && error !== undefined && !placed && <Failure error={error} aftermath={aftermath} />}
        <div className="flex flex-wrap gap-2">
          <button type="submit" className="btn primary" aria-disabled={busy}>
            {action}
          </button>
          {other && (
            <button type="button" className="btn" aria-disabled={busy} onClick={() => go(other.run)}>
              {other.label}
            </button>
          )}
        </div>
      </div>
    </form>
  );
}
