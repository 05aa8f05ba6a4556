import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '#runtime/json.ts';
import { TABLE_LIMITS, type TableKind, type TableRow } from '#runtime/lookup-table.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { TableFailure } from './table-failure.tsx';
import { changeTable, tableKey, tablesQuery } from './tables-query.ts';

/** The value as a person edits it. */
export const valueText = (kind: TableKind, value: Json): string =>
  kind === 'text' ? String(value) : JSON.stringify(value);

/** Undefined where it is no JSON. */
function valueOfText(kind: TableKind, text: string): Json | undefined {
  if (kind === 'text') return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

interface RowDialogProps {
  readonly tenant: number;
  readonly table: string;
  readonly kind: TableKind;
  /** Null for a new one. */
  readonly row: TableRow | null;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Asks for a row's key and value; a row that is there keeps its key. */
export function RowDialog({ tenant, table, kind, row, open, onClose }: RowDialogProps) {
  const { t } = useTranslation();
  const id = useId();
  const client = useQueryClient();
  const [key, setKey] = useState(row?.key ?? '');
  const [text, setText] = useState(row ? valueText(kind, row.value) : '');
  const [asked, setAsked] = useState(false);
  const value = valueOfText(kind, text);
  const isKey = key.trim() !== '';
  const save = useMutation({
    mutationFn: (set: TableRow) => changeTable(tenant, table, { set: [set], remove: [] }),
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: tableKey(tenant, table) }),
        client.invalidateQueries({ queryKey: tablesQuery(tenant).queryKey }),
      ]);
      onClose();
    },
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={row ? t('tables.editRow', { key: row.key }) : t('tables.addRow')}
      body={t('tables.rowBody')}
      action={t('tables.save')}
      busy={save.isPending}
      onConfirm={() => {
        setAsked(true);
        if (isKey && value !== undefined) save.mutate({ key: key.trim(), value });
      }}
    >
      {!row && (
        <AskText
          label={t('tables.key')}
          value={key}
          onChange={setKey}
          maxLength={TABLE_LIMITS.key}
          error={asked && !isKey ? t('tables.keyMissing') : undefined}
        />
      )}
      <div className="field mt-2">
        <label htmlFor={id}>{t('tables.value')}</label>
        <textarea
          id={id}
          className={`input h-auto! py-1.5 ${kind === 'json' ? 'mono' : ''}`}
          rows={kind === 'json' ? 6 : 2}
          value={text}
          maxLength={TABLE_LIMITS.value}
          spellCheck={false}
          aria-invalid={asked && value === undefined}
          aria-describedby={asked && value === undefined ? `${id}-error` : undefined}
          onChange={(event) => setText(event.target.value)}
        />
        {asked && value === undefined && (
          <p id={`${id}-error`} role="alert" className="text-xs text-danger">
            {t('tables.notJson')}
          </p>
        )}
      </div>
      {save.isError && <TableFailure error={save.error} />}
    </Confirm>
  );
}
