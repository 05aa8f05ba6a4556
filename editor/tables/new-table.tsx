import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TableKind, TableName } from '#runtime/lookup-table.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { TableFailure } from './table-failure.tsx';
import { createTable, tablesQuery } from './tables-query.ts';

/** Makes a table and goes to it. */
export function useMakeTable(tenant: number) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (wish: { readonly name: string; readonly kind: TableKind }) => createTable(tenant, wish),
    onSuccess: async ({ name }) => {
      await client.invalidateQueries({ queryKey: tablesQuery(tenant).queryKey });
      await navigate({ to: '/a/$account/tables/$table', params: { account: String(tenant), table: name } });
    },
  });
}

interface NewTableProps {
  readonly tenant: number;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Asks for the name of a new table and what it holds. */
export function NewTable({ tenant, open, onClose }: NewTableProps) {
  const { t } = useTranslation();
  const id = useId();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<TableKind>('text');
  const [asked, setAsked] = useState(false);
  const make = useMakeTable(tenant);
  const isName = TableName.safeParse(name.trim()).success;
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tables.make')}
      body={t('tables.makeBody')}
      action={t('tables.makeIt')}
      busy={make.isPending}
      onConfirm={() => {
        setAsked(true);
        if (isName) make.mutate({ name: name.trim(), kind });
      }}
    >
      <AskText
        label={t('tables.name')}
        value={name}
        onChange={setName}
        maxLength={81}
        error={asked && !isName ? t('tables.nameWrong') : undefined}
      />
      <div className="field mt-2">
        <label htmlFor={id}>{t('tables.kind')}</label>
        <select
          id={id}
          className="input"
          value={kind}
          onChange={(event) => setKind(TableKind.parse(event.target.value))}
        >
          {TableKind.options.map((each) => (
            <option key={each} value={each}>
              {t(`tables.kinds.${each}`)}
            </option>
          ))}
        </select>
      </div>
      {make.isError && <TableFailure error={make.error} />}
    </Confirm>
  );
}
