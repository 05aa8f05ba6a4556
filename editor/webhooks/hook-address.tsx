import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { HookSummary } from '#runtime/protocol.ts';
import { endEarlierHookSecret, renewHookSecret } from '../api/actions.ts';
import { connectionsQuery, hooksQuery } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { SecretRotation } from './secret-rotation.tsx';

interface HookAddressProps {
  readonly flow: string;
  readonly step: string;
  /** The step is called at an address of the flow's own. */
  readonly called: boolean;
  readonly connection: string | undefined;
}

/** A vendor's deliveries are signed with the connection's secret, and some vendors are told the address by Weft. */
function VendorNote({ tenant, connection }: { readonly tenant: number; readonly connection: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(connectionsQuery(tenant));
  const placed = data?.connections.find((each) => each.id === connection)?.webhook?.placed;
  return (
    <p className="text-xs text-muted">
      {t(placed ? 'webhooks.vendorPlaced' : 'webhooks.vendor')}{' '}
      <Link to="/a/$account/connections/$connection" params={{ account: String(tenant), connection }} className="link">
        {t('webhooks.toConnection')}
      </Link>
    </p>
  );
}

function Own({ hook, tenant, flow }: { readonly hook: HookSummary; readonly tenant: number; readonly flow: string }) {
  const client = useQueryClient();
  const renewed = () => client.invalidateQueries({ queryKey: hooksQuery(tenant, flow).queryKey });
  return (
    <SecretRotation
      hasSecret={hook.hasSecret === true}
      placed={false}
      earlierUntil={hook.earlierUntil}
      renew={async (wish) => {
        const { secret } = await renewHookSecret(tenant, flow, hook.trigger, wish);
        await renewed();
        return secret;
      }}
      end={async () => {
        await endEarlierHookSecret(tenant, flow, hook.trigger);
        await renewed();
      }}
    />
  );
}

/** Where a trigger is called, and what signs the calls: for those who publish. */
export function HookAddress({ flow, step, called, connection }: HookAddressProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const id = useId();
  const { data } = useQuery({ ...hooksQuery(tenant.id, flow), enabled: tenant.may.includes('flow.publish') });
  const hook = data?.hooks.find((each) => each.trigger === step);
  if (!data || (!hook && !called)) return null;
  return (
    <section aria-labelledby={id} className="flex flex-col gap-2">
      <h3 id={id} className="text-sm font-semibold">
        {t('webhooks.address')}
      </h3>
      {!hook && <p className="text-sm text-muted">{t('webhooks.unpublished')}</p>}
      {hook && (
        <div className="flex flex-wrap gap-2">
          <CopyField label={t('webhooks.address')} value={hook.url} />
        </div>
      )}
      {hook?.signature === 'hmac-sha256' && <Own hook={hook} tenant={tenant.id} flow={flow} />}
      {hook?.signature === 'vendor' && connection !== undefined && (
        <VendorNote tenant={tenant.id} connection={connection} />
      )}
      {hook?.signature === 'none' && (
        <p className="note warn">
          <TriangleAlert className="i" aria-hidden />
          {t('webhooks.unsigned')}
        </p>
      )}
    </section>
  );
}
