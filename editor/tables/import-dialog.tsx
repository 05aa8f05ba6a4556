import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TABLE_LIMITS } from '#runtime/lookup-table.ts';
import { Confirm } from '../ui/confirm.tsx';
import { sayDone } from '../ui/notices.ts';
import { TableFailure } from './table-failure.tsx';
import { importTable, tableKey, tablesQuery } from './tables-query.ts';

interface ImportDialogProps {
  readonly tenant: number;
  readonly table: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Brings in the rows of a file. */
export function ImportDialog({ tenant, table, open, onClose }: ImportDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  const client = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [replace, setReplace] = useState(false);
  const [asked, setAsked] = useState(false);
  const bring = useMutation({
    mutationFn: async (given: File) => importTable(tenant, table, { csv: await given.text(), replace }),
    onSuccess: async ({ added, changed, removed }) => {
      await Promise.all([
        client.invalidateQueries({ queryKey: tableKey(tenant, table) }),
        client.invalidateQueries({ queryKey: tablesQuery(tenant).queryKey }),
      ]);
      sayDone({ title: t('tables.imported', { added, changed, removed }) });
      onClose();
    },
  });
  const wrong =
    file === null ? t('tables.fileMissing') : file.size > TABLE_LIMITS.file ? t('tables.fileLarge') : undefined;
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tables.import')}
      body={t('tables.importBody')}
      action={t('tables.importIt')}
      busy={bring.isPending}
      onConfirm={() => {
        setAsked(true);
        if (file && wrong === undefined) bring.mutate(file);
      }}
    >
      <div className="field mt-2">
        <label className="drop">
          <FileUp className="i i-20 text-muted" aria-hidden />
          <span className="font-medium break-all">{file?.name ?? t('tables.choose')}</span>
          <input
            type="file"
            accept=".csv,.txt,text/csv"
            className="sr-only"
            aria-invalid={asked && wrong !== undefined}
            aria-describedby={asked && wrong ? `${id}-error` : undefined}
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
        </label>
        {asked && wrong && (
          <p id={`${id}-error`} role="alert" className="text-xs text-danger">
            {wrong}
          </p>
        )}
      </div>
      <label className="flex min-h-8 cursor-pointer items-center gap-2 py-1 text-sm">
        <input
          type="checkbox"
          className="size-4 flex-none accent-(--accent)"
          checked={replace}
          onChange={() => setReplace(!replace)}
        />
        <span>{t('tables.replace')}</span>
      </label>
      {bring.isError && <TableFailure error={bring.error} />}
    </Confirm>
  );
}
