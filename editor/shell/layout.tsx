import { getRouteApi, Outlet, useRouterState } from '@tanstack/react-router';
import { WifiOff } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import { useCatchUp, useLiveRuns } from '../api/live.ts';
import { openLine } from '../api/socket.ts';
import { useContact } from '../state/contact.ts';
import { TimeZone } from '../ui/use-format.ts';
import { MissingPage } from './plain-pages.tsx';
import { Rail } from './rail.tsx';
import { useSessionEnd } from './session-end.ts';
import { Shortcuts } from './shortcuts.tsx';
import { useStoppedCodeNotice } from './stopped-code-notice.ts';
import { TopBar } from './top-bar.tsx';

const VisitBar = lazy(async () => ({ default: (await import('./visit-bar.tsx')).VisitBar }));

const account = getRouteApi('/a/$account');

/** A new page begins at its top, and with it for those who listen. */
function usePageStart() {
  const main = useRef<HTMLDivElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    main.current?.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}

function OfflineBanner() {
  const { t } = useTranslation();
  const contact = useContact();
  return (
    <div role="status">
      {contact === 'offline' && (
        <p className="banner">
          <WifiOff className="i" aria-hidden />
          {t('shell.offlineBanner')}
        </p>
      )}
    </div>
  );
}

interface InsideProps {
  readonly tenant: SessionTenant;
  readonly session: SessionAnswer;
}

function Inside({ tenant, session }: InsideProps) {
  const { t } = useTranslation();
  const main = usePageStart();
  useSessionEnd();
  useEffect(openLine, []);
  useLiveRuns(tenant.id);
  useCatchUp(tenant.id, useContact());
  useStoppedCodeNotice(tenant, session.user.role);
  return (
    <TimeZone value={tenant.timeZone}>
      <a href="#content" className="skip btn primary">
        {t('shell.skip')}
      </a>
      <div className="app">
        <Rail tenant={tenant} session={session} />
        <div className="main">
          <TopBar tenant={tenant} session={session} />
          <OfflineBanner />
          <Suspense fallback={null}>
            <VisitBar tenant={tenant} />
          </Suspense>
          <main id="content" className="page" ref={main} tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <Shortcuts account={String(tenant.id)} />
    </TimeZone>
  );
}

/** Everything around a page of one account: menu, bar, live line, shortcuts. */
export function Layout() {
  const { session } = account.useRouteContext();
  const { account: id } = account.useParams();
  const tenant = session.tenants.find((each) => String(each.id) === id);
  return tenant ? <Inside key={tenant.id} tenant={tenant} session={session} /> : <MissingPage />;
}
