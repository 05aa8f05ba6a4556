import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { CircleX, Lock, Plus } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Param } from '#runtime/flow.ts';
import type { JsonObject } from '#runtime/json.ts';
import { packageOf } from '#runtime/package.ts';
import type { ConnectionSummary, FlowSummary, TemplateSummary } from '#runtime/protocol.ts';
import { instantiateTemplate, publishFlow } from '../api/actions.ts';
import { ApiError } from '../api/call.ts';
import { connectionsQuery, flowsQuery, templatesQuery } from '../api/queries.ts';
import { StepList } from '../flows/step-list.tsx';
import { useWords } from '../flows/use-words.ts';
import { checkForm } from '../form/check.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useConnectors, useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { Bones, Failed } from '../ui/states.tsx';
import { answersOf, fitting, obvious, questionSchema } from './questions.ts';

const route = getRouteApi('/a/$account/templates/$template');
const isConnection = (param: Param): boolean => param.kind === 'connection';
const isQuestion = (param: Param): boolean => param.kind !== 'connection';

interface Made {
  readonly flow: FlowSummary;
  /** Why it is not on, though it should be. */
  readonly notOn?: unknown;
}

function useCreation(template: TemplateSummary) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ name, value, on }: { name: string; value: JsonObject; on: boolean }): Promise<Made> => {
      const flow = await instantiateTemplate(tenant.id, template.id, { name, answers: answersOf(value) });
      if (!on) return { flow };
      try {
        await publishFlow(tenant.id, flow.id, { revision: flow.revision, note: '', on: true });
        return { flow };
      } catch (notOn) {
        return { flow, notOn };
      }
    },
    onSuccess: async ({ flow, notOn }, { on }) => {
      await client.invalidateQueries({ queryKey: flowsQuery(tenant.id).queryKey });
      if (notOn !== undefined) sayFailed({ title: t('templates.notOn', { why: failureText(notOn, t, language) }) });
      else sayDone({ title: t(on ? 'templates.isOn' : 'templates.made', { name: flow.name }) });
      await navigate({ to: '/a/$account/flows/$flow', params: { account: String(tenant.id), flow: flow.id } });
    },
  });
}

interface SetUpProps {
  readonly template: TemplateSummary;
  readonly connections: readonly ConnectionSummary[];
}

/** Accounts, questions, and the switch. */
function SetUp({ template, connections }: SetUpProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const connectors = useConnectors() ?? new Map();
  const fits = (param: Param) => fitting(param, connections, connectors);
  const { flow } = template;
  const [name, setName] = useState(template.title[language]);
  const [value, setValue] = useState<JsonObject>(() => obvious(flow, fits));
  const [showAll, setShowAll] = useState(false);
  const creation = useCreation(template);
  const id = useId();
  const accounts = questionSchema(flow, isConnection, fits);
  const questions = questionSchema(flow, isQuestion, fits);
  const wrong = [...checkForm(accounts, value), ...checkForm(questions, value)].length > 0 || name.trim() === '';
  const go = (on: boolean) => {
    setShowAll(true);
    if (!wrong && !creation.isPending) creation.mutate({ name: name.trim(), value, on });
  };
  const field = creation.error instanceof ApiError ? creation.error.field : undefined;
  const problems =
    field?.startsWith('params.') && creation.error
      ? [{ field: field.slice('params.'.length), message: failureText(creation.error, t, language) }]
      : [];
  const lacking = Object.values(flow.params).some((param) => isConnection(param) && fits(param).length === 0);
  const shared = { value, onChange: setValue, showAll, problems };
  const mayPublish = tenant.may.includes('flow.publish');
  return (
    <form
      noValidate
      className="flex flex-col gap-8"
      onSubmit={(event) => {
        event.preventDefault();
        go(mayPublish);
      }}
    >
      <div className="field">
        <label htmlFor={id}>{t('templates.name')}</label>
        <input
          id={id}
          className="input"
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <section aria-labelledby={`${id}-accounts`} className="flex flex-col gap-3">
        <div>
          <h2 id={`${id}-accounts`}>{t('templates.connections')}</h2>
          <p className="text-xs text-muted">{t('templates.connectionHelp')}</p>
        </div>
        <SchemaForm schema={accounts} {...shared} />
        {lacking && tenant.may.includes('connection.edit') && (
          <p className="note warn items-center">
            <span className="flex-1">{t('templates.noConnection')}</span>
            <Link to="/a/$account/connections/new" params={{ account: String(tenant.id) }} className="btn s28">
              <Plus className="i i-14" aria-hidden />
              {t('templates.addConnection')}
            </Link>
          </p>
        )}
      </section>
      {Object.keys(questions['properties'] as object).length > 0 && (
        <section aria-labelledby={`${id}-questions`} className="flex flex-col gap-3">
          <h2 id={`${id}-questions`}>{t('templates.questions')}</h2>
          <SchemaForm schema={questions} {...shared} />
        </section>
      )}
      <div className="flex flex-col gap-3 border-t border-border pt-4">
        {creation.isError && problems.length === 0 && (
          <p role="alert" className="note bad">
            <CircleX className="i" aria-hidden />
            {failureText(creation.error, t, language)}
          </p>
        )}
        <div className="flex flex-wrap gap-2">
          {mayPublish && (
            <button type="submit" className="btn primary" aria-disabled={creation.isPending}>
              {creation.isPending ? t('templates.working') : t('templates.on')}
            </button>
          )}
          <button
            type={mayPublish ? 'button' : 'submit'}
            className={`btn ${mayPublish ? '' : 'primary'}`}
            onClick={mayPublish ? () => go(false) : undefined}
          >
            {t('templates.off')}
          </button>
        </div>
      </div>
    </form>
  );
}

function Locked({ template }: { readonly template: TemplateSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  return (
    <p className="note warn">
      <Lock className="i" aria-hidden />
      {t('templates.lockedBody', {
        title: template.title[language],
        name: t(`shell.packagesWithin.${packageOf(template.feature)}`),
        own: t(`shell.packagesWithin.${tenant.package}`),
      })}
    </p>
  );
}

/** One template: what it does, and its short form. */
export function TemplatePage() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const { template: id } = route.useParams();
  const list = useQuery(templatesQuery(tenant.id));
  const connections = useQuery(connectionsQuery(tenant.id));
  const connectors = useConnectors();
  const words = useWords(tenant.id);
  const template = list.data?.templates.find((each) => each.id === id);
  useCrumbs([{ label: t('templates.title'), to: '/a/$account/templates' }, { label: template?.title[language] ?? '' }]);
  if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (connections.isError) return <Failed error={connections.error} retry={() => void connections.refetch()} />;
  if (!list.data || !connections.data || !connectors) return <Bones rows={5} />;
  if (!template) return <p className="px-(--inset) py-8">{t('templates.gone')}</p>;
  return (
    <>
      <header className="head">
        <div className="min-w-0 flex-1 basis-70">
          <h1>{template.title[language]}</h1>
          <p className="max-w-160 text-sm text-muted">{template.summary[language]}</p>
        </div>
        <span className="chip line">{t(`shell.packages.${packageOf(template.feature)}`)}</span>
      </header>
      <div className="split">
        {template.allowed ? (
          <div>
            {tenant.may.includes('template.use') && (
              <SetUp template={template} connections={connections.data.connections} />
            )}
          </div>
        ) : (
          <div>
            <Locked template={template} />
          </div>
        )}
        <section className="aside template-steps" aria-labelledby="steps">
          <h2 id="steps">{t('flows.steps')}</h2>
          <StepList flow={template.flow} words={words} problems={[]} />
        </section>
      </div>
    </>
  );
}
