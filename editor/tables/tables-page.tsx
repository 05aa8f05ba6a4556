import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Lock, Plus, Table2 } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OfferedTable, TableSummary } from '#runtime/lookup-table.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { NewTable, useMakeTable } from './new-table.tsx';
import { TableFailure } from './table-failure.tsx';
import { tablesQuery } from './tables-query.ts';

function Row({ account, table }: { readonly account: string; readonly table: TableSummary }) {
  const { t } = useTranslation();
  return (
    <li className="item relative min-h-18 flex-wrap gap-y-2! py-2">
      <div className="min-w-0 flex-1 basis-60">
        <Link
          to="/a/$account/tables/$table"
          params={{ account, table: table.name }}
          className="row-link mono font-semibold"
        >
          {table.name}
        </Link>
        <p className="truncate text-sm text-muted">
          {t(`tables.kinds.${table.kind}`)} · {t('tables.by', { who: table.updatedBy })}
        </p>
      </div>
      <span className="num text-sm text-muted">
        {t('tables.rowCount', { count: table.rows })} · <Moment at={table.updatedAt} />
      </span>
    </li>
  );
}

interface OfferedProps {
  readonly tenant: number;
  readonly offered: readonly OfferedTable[];
  readonly mayEdit: boolean;
}

/** Tables that plugins bring, each to be taken over. */
function Offered({ tenant, offered, mayEdit }: OfferedProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const id = useId();
  const make = useMakeTable(tenant);
  return (
    <section aria-labelledby={id} className="mt-8">
      <div className="px-(--inset) pb-3">
        <h2 id={id} className="font-semibold">
          {t('tables.offered')}
        </h2>
        <p className="text-sm text-muted">{t('tables.offeredHelp')}</p>
        {make.isError && <TableFailure error={make.error} />}
      </div>
      <ul className="border-y border-border">
        {offered.map(({ name, plugin, kind, rows }) => (
          <li key={name} className="item min-h-18 flex-wrap gap-y-2! py-2">
            <div className="min-w-0 flex-1 basis-60">
              <p className="mono font-semibold">{name}</p>
              <p className="truncate text-sm text-muted">
                {plugin[language]} · {t('tables.rowCount', { count: rows })}
              </p>
            </div>
            {mayEdit && (
              <button
                type="button"
                className="btn"
                aria-disabled={make.isPending}
                onClick={() => !make.isPending && make.mutate({ name, kind })}
              >
                {t('tables.takeOver')}
                <span className="sr-only"> {name}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The tables an account's own code looks things up in. */
export function TablesPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useQuery(tablesQuery(tenant.id));
  const [making, setMaking] = useState(false);
  const { tables = [], offered = [], allowed = true } = query.data ?? {};
  const mayEdit = allowed && tenant.may.includes('table.edit');
  useCrumbs([{ label: t('tables.title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('tables.title')}</h1>
          <p className="text-sm text-muted">{t('tables.lead')}</p>
        </div>
        {mayEdit && query.data && (
          <button type="button" className="btn primary" onClick={() => setMaking(true)}>
            <Plus className="i i-14" aria-hidden />
            {t('tables.make')}
          </button>
        )}
      </header>
      {query.isPending && <Bones rows={3} height={72} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && !allowed && tables.length > 0 && (
        <p className="note mx-(--inset) mb-4">
          <Lock className="i" aria-hidden />
          {t('tables.locked')}. {t('tables.lockedHelp')}
        </p>
      )}
      {query.data && tables.length === 0 && !allowed && (
        <Empty icon={Lock} title={t('tables.locked')} help={t('tables.lockedHelp')} />
      )}
      {query.data && tables.length === 0 && allowed && (
        <Empty icon={Table2} title={t('tables.empty')} help={t('tables.emptyHelp')}>
          {mayEdit && (
            <button type="button" className="btn" onClick={() => setMaking(true)}>
              {t('tables.make')}
            </button>
          )}
        </Empty>
      )}
      {tables.length > 0 && (
        <ul className="border-y border-border">
          {tables.map((table) => (
            <Row key={table.name} account={String(tenant.id)} table={table} />
          ))}
        </ul>
      )}
      {offered.length > 0 && <Offered tenant={tenant.id} offered={offered} mayEdit={mayEdit} />}
      <NewTable tenant={tenant.id} open={making} onClose={() => setMaking(false)} />
    </>
  );
}
