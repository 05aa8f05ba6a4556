import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { PluginList } from '#runtime/protocol.ts';
import { allowCode } from '../api/actions.ts';
import { stoppedCodeQuery } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { programName } from '../ui/program-name.ts';

/** Code that is switched off, until somebody gives it another chance. */
export function StoppedCode({ stopped }: { readonly stopped: PluginList['stopped'][number] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const name = programName(stopped.program);
  const allow = useMutation({
    mutationFn: () => allowCode(tenant.id, stopped.program),
    onSuccess: () => sayDone({ title: t('flows.codeAllowed', { name }) }),
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: stoppedCodeQuery(tenant.id).queryKey }),
        client.invalidateQueries({ queryKey: ['tenant', tenant.id, 'plugins'] }),
      ]),
  });
  return (
    <li className="item flex-wrap gap-y-2!">
      <CircleOff className="i mt-0.5 self-start text-danger" aria-hidden />
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold">{t('flows.codeOff', { name })}</p>
        <p className="text-sm text-muted">
          {t('flows.codeOffHelp')} <Moment at={stopped.offAt} />
        </p>
      </div>
      {tenant.may.includes('plugin.manage') && (
        <button
          type="button"
          className="btn"
          aria-disabled={allow.isPending}
          onClick={() => !allow.isPending && allow.mutate()}
        >
          {t('flows.codeAllow')}
          <span className="sr-only"> {name}</span>
        </button>
      )}
    </li>
  );
}
