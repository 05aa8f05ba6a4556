import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Attendant } from '#runtime/attendance.ts';
import { useUser } from '../../shell/tenant.ts';
import { PersonMark } from '../../ui/system-mark.tsx';
import type { Attending } from './attending.ts';

const MOST = 4;

/** What another tab's person is called here: by name, or as oneself in another window. */
function useCalled(): (person: Attendant) => string {
  const { t } = useTranslation();
  const user = useUser();
  return (person) => (person.user === user.id ? t('canvas.attendance.self') : person.name);
}

/** Who else has the flow open. */
export function Others({ attending }: { readonly attending: Attending }) {
  const { t } = useTranslation();
  const called = useCalled();
  const others = useStore(attending.store, (state) => state.others);
  if (others.length === 0) return null;
  const names = [...new Set(others.map(called))];
  const said = t('canvas.attendance.others', { names: names.join(', '), count: names.length });
  return (
    <span className="others" role="img" aria-label={said} title={said}>
      {names.slice(0, MOST).map((name) => (
        <PersonMark key={name} name={name} />
      ))}
      {names.length > MOST && <span className="num text-xs text-muted">+{names.length - MOST}</span>}
    </span>
  );
}
