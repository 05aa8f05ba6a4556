import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionTenant } from '#runtime/people.ts';
import { stoppedCodeQuery } from '../api/queries.ts';
import { sayFailed } from '../ui/notices.ts';
import { programName } from '../ui/program-name.ts';

/** Packages that hold code of the customer's own. */
const WITH_CODE: readonly string[] = ['800', 'premium'];

/** Says at once, wherever one is, that code has been switched off while the page was open. */
export function useStoppedCodeNotice({ id, package: owned }: SessionTenant, role: string): void {
  const { t } = useTranslation();
  const enabled = WITH_CODE.includes(owned) && role !== 'partner';
  const { data } = useQuery({ ...stoppedCodeQuery(id), enabled });
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (!data) return;
    const before = known.current;
    known.current = new Set(data.map(({ program }) => program));
    for (const { program } of data)
      if (before && !before.has(program)) sayFailed({ title: t('shell.codeOff', { name: programName(program) }) });
  }, [data, t]);
}
