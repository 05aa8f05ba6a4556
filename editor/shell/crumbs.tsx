import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { createStore, useStore } from 'zustand';

export interface Crumb {
  readonly label: string;
  readonly to?:
    | '/a/$account/flows'
    | '/a/$account/runs'
    | '/a/$account/flows/$flow'
    | '/a/$account/connections'
    | '/a/$account/templates'
    | '/a/$account/tables'
    | '/a/$account/plugins';
  readonly params?: { readonly flow?: string };
}

const store = createStore<{ crumbs: readonly Crumb[] }>(() => ({ crumbs: [] }));

/** Says where the page stands; the last crumb is the page, and its title too. */
export function useCrumbs(crumbs: readonly Crumb[]): void {
  const key = JSON.stringify(crumbs);
  useEffect(() => {
    const now = JSON.parse(key) as Crumb[];
    store.setState({ crumbs: now });
    document.title = `${now.at(-1)?.label ?? ''} · Weft`;
  }, [key]);
}

/** The way here from the account. */
export function Crumbs({ account, name }: { readonly account: string; readonly name: string }) {
  const { t } = useTranslation();
  const crumbs = useStore(store, (state) => state.crumbs);
  return (
    <nav aria-label={t('shell.breadcrumb')} className="crumbs min-w-0 flex-1">
      <ol className="crumb">
        {crumbs.length > 1 && (
          <li>
            <Link to="/a/$account" params={{ account }}>
              {name}
            </Link>
          </li>
        )}
        {crumbs.map((crumb, index) => (
          <li key={crumb.label} aria-current={index === crumbs.length - 1 ? 'page' : undefined}>
            {crumb.to ? (
              <Link to={crumb.to} params={{ account, flow: crumb.params?.flow ?? '' }}>
                {crumb.label}
              </Link>
            ) : (
              crumb.label
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
