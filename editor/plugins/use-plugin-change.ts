import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { catalogQuery } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { pluginsQuery } from './plugin-calls.ts';
import { pluginFailure } from './plugin-failure.ts';

/** Something done to a plugin, and said once the lists and the palette of steps are as it left them. */
export function usePluginChange<Given, Answer>(
  change: (tenant: number, given: Given) => Promise<Answer>,
  done: (answer: Answer, given: Given) => string,
) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const refresh = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: pluginsQuery(tenant.id).queryKey }),
      client.invalidateQueries({ queryKey: catalogQuery(tenant.id).queryKey }),
    ]);
  return useMutation({
    mutationFn: (given: Given) => change(tenant.id, given),
    onSuccess: async (answer, given) => {
      await refresh();
      sayDone({ title: done(answer, given) });
    },
    onError: (error) => {
      sayFailed({ title: pluginFailure(error, t, language) });
      return refresh();
    },
  });
}
