import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronDown, Download, ScrollText, Search, SearchX } from 'lucide-react';
import { type FormEvent, type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { AuditAction } from '#runtime/audit.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { type AuditSearch, auditQuery, exportAddress, SPANS } from './audit-query.ts';
import { AuditRows } from './audit-rows.tsx';

const route = getRouteApi('/a/$account/audit');
const account = getRouteApi('/a/$account');

/** The first words of the actions, in their order. */
const KINDS = [...new Set(AuditAction.options.map((action) => action.split('.')[0] as KindOf<AuditAction>))];
type KindOf<Action extends string> = Action extends `${infer Kind}.${string}` ? Kind : never;

interface FieldProps {
  readonly name: 'who' | 'text';
  readonly label: string;
  readonly hint: string;
  readonly search: AuditSearch;
}

function TextField({ name, label, hint, search }: FieldProps) {
  const navigate = route.useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = String(new FormData(event.currentTarget).get(name) ?? '').trim();
    void navigate({ search: { ...search, [name]: typed === '' ? undefined : typed } });
  };
  return (
    <form onSubmit={submit} className="min-w-0 flex-1 basis-40 phone:max-w-60">
      <label className="input" key={search[name]}>
        <Search className="i i-14 text-muted" aria-hidden />
        <span className="sr-only">{label}</span>
        <input
          name={name}
          type="search"
          defaultValue={search[name]}
          placeholder={hint}
          maxLength={200}
          autoComplete="off"
        />
      </label>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly choose: (value: string | undefined) => void;
  readonly children: ReactNode;
}

function Choice({ label, value, choose, children }: ChoiceProps) {
  const id = useId();
  return (
    <div className="select min-w-0">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={(event) => choose(event.target.value === '' ? undefined : event.target.value)}
      >
        {children}
      </select>
      <ChevronDown className="i i-14" aria-hidden />
    </div>
  );
}

function Filters({ search }: { readonly search: AuditSearch }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  return (
    <div className="flex flex-wrap items-center gap-2 px-(--inset) pb-3">
      <TextField name="text" label={t('audit.findLabel')} hint={t('audit.find')} search={search} />
      <TextField name="who" label={t('audit.whoLabel')} hint={t('audit.anybody')} search={search} />
      <Choice
        label={t('audit.what')}
        value={search.action ?? ''}
        choose={(action) => void navigate({ search: { ...search, action } })}
      >
        <option value="">{t('audit.allKinds')}</option>
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {t(`audit.kinds.${kind}`)}
          </option>
        ))}
      </Choice>
      <Choice
        label={t('audit.when')}
        value={String(search.hours ?? '')}
        choose={(hours) =>
          void navigate({ search: { ...search, hours: hours === undefined ? undefined : Number(hours) } })
        }
      >
        <option value="">{t('audit.anyTime')}</option>
        {(['hours', 'week', 'month'] as const).map((span) => (
          <option key={span} value={SPANS[span]}>
            {t(`audit.${span}`)}
          </option>
        ))}
      </Choice>
    </div>
  );
}

function Nothing({ search }: { readonly search: AuditSearch }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { house, ...narrowing } = search;
  if (Object.values(narrowing).every((value) => value === undefined))
    return <Empty icon={ScrollText} title={t('audit.empty')} help={t('audit.emptyHelp')} />;
  return (
    <Empty icon={SearchX} title={t('audit.noneMatch')} help={t('audit.noneMatchHelp')}>
      <Link to="/a/$account/audit" params={{ account: String(tenant.id) }} search={{ house }} className="btn">
        {t('audit.clear')}
      </Link>
    </Empty>
  );
}

function Lines({ tenant, search }: { readonly tenant: number; readonly search: AuditSearch }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery({ ...auditQuery(tenant, search), placeholderData: keepPreviousData });
  if (query.isPending) return <Bones rows={10} />;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const lines = query.data.pages.flatMap((page) => page.lines);
  if (lines.length === 0) return <Nothing search={search} />;
  return (
    <>
      <AuditRows lines={lines} />
      <div className="flex items-center gap-4 px-(--inset) py-4 text-sm text-muted">
        <span className="num">
          {query.hasNextPage
            ? t('audit.countMore', { count: lines.length })
            : t('audit.count', { count: lines.length })}
        </span>
        {query.hasNextPage && (
          <button
            type="button"
            className="btn"
            aria-disabled={query.isFetchingNextPage}
            onClick={() => !query.isFetchingNextPage && void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? t('audit.loadingMore') : t('audit.more')}
          </button>
        )}
      </div>
    </>
  );
}

/** Whose log: the account's, or for administrators the one of what belongs to no account. */
function Logs({ search }: { readonly search: AuditSearch }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const params = { account: String(tenant.id) };
  return (
    <nav className="tabs border-b border-border px-(--inset)" aria-label={t('audit.logs')}>
      <Link to="/a/$account/audit" params={params} search={{}} data-on={!search.house}>
        {tenant.name}
      </Link>
      <Link to="/a/$account/audit" params={params} search={{ house: true }} data-on={search.house === true}>
        {t('audit.house')}
      </Link>
    </nav>
  );
}

/** The log of what people changed, to read, narrow and take along. */
export function AuditPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const search = route.useSearch();
  const { session } = account.useRouteContext();
  useCrumbs([{ label: t('audit.title') }]);
  return (
    <>
      <header className="head pb-3!">
        <div className="flex-1 basis-60">
          <h1>{t('audit.title')}</h1>
          <p className="text-sm text-muted">{t('audit.lead')}</p>
        </div>
        <a className="btn" href={exportAddress(tenant.id, search)} download>
          <Download className="i i-14" aria-hidden />
          {t('audit.export')}
        </a>
      </header>
      {session.user.role === 'admin' && <Logs search={search} />}
      <div className="pt-3">
        <Filters search={search} />
      </div>
      <Lines tenant={tenant.id} search={search} />
    </>
  );
}
