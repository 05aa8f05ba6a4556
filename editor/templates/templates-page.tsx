import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { LayoutTemplate, Lock, Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { packageOf } from '#runtime/package.ts';
import type { TemplateSummary } from '#runtime/protocol.ts';
import { templatesQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';

const route = getRouteApi('/a/$account/templates');

function Card({ template }: { readonly template: TemplateSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const account = String(useTenant().id);
  const needed = packageOf(template.feature);
  return (
    <li className="card-cell">
      <Link
        to="/a/$account/templates/$template"
        params={{ account, template: template.id }}
        className="row-link text-lg font-semibold"
      >
        {template.title[language]}
      </Link>
      <p className="flex-1 text-sm text-muted">{template.summary[language]}</p>
      <p className="flex items-center gap-1.5 text-xs text-muted">
        {template.allowed ? (
          t(`shell.packages.${needed}`)
        ) : (
          <>
            <Lock className="i i-12" aria-hidden />
            {t('templates.locked', { name: t(`shell.packagesWithin.${needed}`) })}
          </>
        )}
      </p>
    </li>
  );
}

/** The gallery of ready flows. */
export function TemplatesPage() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const navigate = route.useNavigate();
  const { q = '' } = route.useSearch();
  const query = useQuery(templatesQuery(tenant.id));
  useCrumbs([{ label: t('templates.title') }]);
  const wanted = q.toLowerCase();
  const found = (query.data?.templates ?? []).filter((each) =>
    `${each.title[language]} ${each.summary[language]}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <header className="head">
        <div className="min-w-0 flex-1 basis-60">
          <h1>{t('templates.title')}</h1>
          <p className="text-sm text-muted">{t('templates.lead')}</p>
        </div>
        <label className="input max-w-80">
          <Search className="i i-14 text-muted" aria-hidden />
          <span className="sr-only">{t('templates.search')}</span>
          <input
            type="search"
            placeholder={t('templates.search')}
            value={q}
            onChange={(event) => {
              const text = event.target.value;
              void navigate({ search: text === '' ? {} : { q: text }, replace: true });
            }}
          />
        </label>
      </header>
      {query.isPending && <Bones rows={4} height={120} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && found.length === 0 && (
        <Empty icon={LayoutTemplate} title={t('templates.none')} help={t('templates.noneHelp')} />
      )}
      {found.length > 0 && (
        <>
          <p role="status" className="sr-only">
            {t('templates.count', { count: found.length })}
          </p>
          <ul className="card-grid">
            {found.map((template) => (
              <Card key={template.id} template={template} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}
