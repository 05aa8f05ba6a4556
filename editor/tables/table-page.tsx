import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Download, Pencil, Plus, Search, SearchX, Table2, Trash2, Upload } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TableKind, TableRow, TableSummary } from '#runtime/lookup-table.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm, useQuestion } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { ImportDialog } from './import-dialog.tsx';
import { RowDialog, valueText } from './row-dialog.tsx';
import { changeTable, deleteTable, tableFile, tableKey, tableQuery, tablesQuery } from './tables-query.ts';

const route = getRouteApi('/a/$account/tables/$table');

interface RowsProps {
  readonly tenant: number;
  readonly name: string;
  readonly kind: TableKind;
  readonly rows: readonly TableRow[];
  readonly mayEdit: boolean;
}

function Rows({ tenant, name, kind, rows, mayEdit }: RowsProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const [editing, setEditing] = useState<TableRow | null>(null);
  const remove = useMutation({
    mutationFn: ({ key }: TableRow) => changeTable(tenant, name, { set: [], remove: [key] }),
    onSuccess: (_answer, row) =>
      sayDone({
        title: t('tables.rowRemoved', { key: row.key }),
        action: {
          label: t('tables.undo'),
          run: () =>
            void changeTable(tenant, name, { set: [row], remove: [] }).then(() =>
              client.invalidateQueries({ queryKey: tableKey(tenant, name) }),
            ),
        },
      }),
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
    onSettled: () => client.invalidateQueries({ queryKey: tableKey(tenant, name) }),
  });
  return (
    <>
      <table className="tbl table-fixed">
        <thead>
          <tr>
            <th scope="col" className="w-2/5">
              {t('tables.key')}
            </th>
            <th scope="col">{t('tables.value')}</th>
            {mayEdit && (
              <th scope="col" className="w-28">
                <span className="sr-only">{t('tables.rowActions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key}>
              <td className="mono truncate" title={row.key}>
                {row.key}
              </td>
              <td className="mono truncate" title={valueText(kind, row.value)}>
                {valueText(kind, row.value)}
              </td>
              {mayEdit && (
                <td className="text-right">
                  <button
                    type="button"
                    className="btn ghost icon"
                    aria-label={t('tables.editRow', { key: row.key })}
                    title={t('tables.edit')}
                    onClick={() => setEditing(row)}
                  >
                    <Pencil className="i i-14" aria-hidden />
                  </button>
                  <button
                    type="button"
                    className="btn ghost icon"
                    aria-label={t('tables.removeRow', { key: row.key })}
                    title={t('tables.remove')}
                    onClick={() => remove.mutate(row)}
                  >
                    <Trash2 className="i i-14" aria-hidden />
                  </button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {editing && (
        <RowDialog
          key={editing.key}
          {...{ tenant, kind }}
          table={name}
          row={editing}
          open
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

type Question = 'row' | 'import' | 'delete';

interface ToolsProps {
  readonly tenant: number;
  readonly table: TableSummary;
  readonly mayEdit: boolean;
  readonly ask: (question: Question) => void;
}

function Tools({ tenant, table, mayEdit, ask }: ToolsProps) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap gap-2">
      <a className="btn" href={tableFile(tenant, table.name)} download>
        <Download className="i i-14" aria-hidden />
        {t('tables.export')}
      </a>
      {mayEdit && (
        <>
          <button type="button" className="btn" onClick={() => ask('import')}>
            <Upload className="i i-14" aria-hidden />
            {t('tables.import')}
          </button>
          <button type="button" className="btn danger" onClick={() => ask('delete')}>
            <Trash2 className="i i-14" aria-hidden />
            {t('tables.delete')}
          </button>
          <button type="button" className="btn primary" onClick={() => ask('row')}>
            <Plus className="i i-14" aria-hidden />
            {t('tables.addRow')}
          </button>
        </>
      )}
    </div>
  );
}

function Find({ find, onFind }: { readonly find: string; readonly onFind: (find: string) => void }) {
  const { t } = useTranslation();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onFind(String(new FormData(event.currentTarget).get('find') ?? '').trim());
  };
  return (
    <form onSubmit={submit} className="mx-(--inset) mb-4 max-w-80">
      <label className="input" key={find}>
        <Search className="i i-14 text-muted" aria-hidden />
        <span className="sr-only">{t('tables.findLabel')}</span>
        <input
          name="find"
          type="search"
          defaultValue={find}
          placeholder={t('tables.find')}
          maxLength={200}
          autoComplete="off"
        />
      </label>
    </form>
  );
}

function DeleteTable({
  tenant,
  name,
  open,
  onClose,
}: {
  tenant: number;
  name: string;
  open: boolean;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteTable(tenant, name),
    onSuccess: async () => {
      client.removeQueries({ queryKey: tableKey(tenant, name) });
      await client.invalidateQueries({ queryKey: tablesQuery(tenant).queryKey });
      await navigate({ to: '/a/$account/tables', params: { account: String(tenant) } });
    },
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tables.deleteTitle', { name })}
      body={t('tables.deleteBody')}
      action={t('tables.delete')}
      danger
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    />
  );
}

/** One table: its rows, to be found, edited, brought in and taken out. */
export function LookupTablePage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { table: name } = route.useParams();
  const { find = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery({ ...tableQuery(tenant.id, name, find), placeholderData: keepPreviousData });
  const allowed = useQuery({ ...tablesQuery(tenant.id), select: (answer) => answer.allowed }).data ?? false;
  const { open, ask, close } = useQuestion<Question>();
  const mayEdit = allowed && tenant.may.includes('table.edit');
  const table = query.data?.pages[0]?.table;
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  useCrumbs([{ label: t('tables.title'), to: '/a/$account/tables' }, { label: name }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1 className="break-all">{name}</h1>
          {table && (
            <p className="text-sm text-muted">
              {t(`tables.kinds.${table.kind}`)} · {t('tables.rowCount', { count: table.rows })}
            </p>
          )}
        </div>
        {table && <Tools tenant={tenant.id} table={table} mayEdit={mayEdit} ask={ask} />}
      </header>
      {table && table.rows > 0 && (
        <Find find={find} onFind={(next) => void navigate({ search: { find: next === '' ? undefined : next } })} />
      )}
      {query.isPending && <Bones rows={6} height={48} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {table && rows.length === 0 && find === '' && (
        <Empty icon={Table2} title={t('tables.noRows')} help={t('tables.noRowsHelp')} />
      )}
      {table && rows.length === 0 && find !== '' && (
        <Empty icon={SearchX} title={t('tables.noneMatch')} help={t('tables.noneMatchHelp')} />
      )}
      {table && rows.length > 0 && (
        <Rows tenant={tenant.id} name={name} kind={table.kind} rows={rows} mayEdit={mayEdit} />
      )}
      {query.hasNextPage && (
        <div className="px-(--inset) py-4">
          <button
            type="button"
            className="btn"
            aria-disabled={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t('tables.more')}
          </button>
        </div>
      )}
      {table && open === 'row' && (
        <RowDialog tenant={tenant.id} table={name} kind={table.kind} row={null} open onClose={close} />
      )}
      {open === 'import' && <ImportDialog tenant={tenant.id} table={name} open onClose={close} />}
      <DeleteTable tenant={tenant.id} name={name} open={open === 'delete'} onClose={close} />
    </>
  );
}
