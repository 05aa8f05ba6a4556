import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { CircleCheck, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionSummary, ConnectionTest } from '#runtime/protocol.ts';
import { testConnection } from '../api/actions.ts';
import { connectionsQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';

/** Whose account it is, in a sentence. */
export function provenText({ label, orders }: ConnectionTest, t: TFunction): string {
  return orders === null ? t('connections.testOk', { label }) : t('connections.testOrders', { label, count: orders });
}

interface TestProps {
  readonly tenant: number;
  readonly connection: ConnectionSummary;
}

/** Asks the system whose account this is, and says what it answered. */
export function TestButton({ tenant, connection }: TestProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => testConnection(tenant, connection.id),
    onSettled: () => client.invalidateQueries({ queryKey: connectionsQuery(tenant).queryKey }),
  });
  return (
    <>
      <button
        type="button"
        className="btn over-row"
        aria-disabled={test.isPending}
        onClick={() => !test.isPending && test.mutate()}
      >
        {test.isPending ? t('connections.testing') : t('connections.test')}
        <span className="sr-only"> {connection.title}</span>
      </button>
      <div role="status" className="order-last w-full empty:hidden phone:pl-13">
        {test.isSuccess && (
          <p className="flex items-center gap-1.5 text-sm text-success">
            <CircleCheck className="i i-14" aria-hidden />
            {provenText(test.data, t)}
          </p>
        )}
        {test.isError && (
          <p className="flex gap-1.5 text-sm text-danger">
            <CircleX className="i i-14 mt-0.75" aria-hidden />
            {t('connections.testFailed')}. {failureText(test.error, t, language)}
          </p>
        )}
      </div>
    </>
  );
}
