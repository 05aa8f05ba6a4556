import type { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import {
  ArrowRight,
  Keyboard,
  Languages,
  LayoutTemplate,
  Locate,
  type LucideIcon,
  Moon,
  Plug,
  Puzzle,
  Search,
  Sun,
  Workflow,
} from 'lucide-react';
import type { ConnectionSummary, FlowSummary, RunSummary } from '#runtime/protocol.ts';
import { recordName } from '../runs/record-name.ts';
import { PLACES } from '../shell/places.ts';
import type { Preferences } from '../state/preferences.ts';
import type { FoundStep } from './open-flow.ts';

/** One line of the palette. */
export interface Command {
  readonly id: string;
  readonly group: 'records' | 'steps' | 'flows' | 'connections' | 'places' | 'actions';
  readonly icon: LucideIcon;
  readonly title: string;
  readonly hint?: string;
  /** Words it is found by besides its title. */
  readonly also?: string;
  readonly run: () => void;
}

/** What commands are made of; the parts that fetch stay with the caller. */
export interface CommandSource {
  readonly t: TFunction;
  readonly account: string;
  readonly query: string;
  readonly may: readonly string[];
  readonly runs: readonly RunSummary[];
  readonly flows: readonly FlowSummary[];
  readonly connections: readonly ConnectionSummary[];
  /** Of the flow that is open. */
  readonly steps: readonly FoundStep[];
  readonly preferences: Preferences;
  readonly navigate: ReturnType<typeof useNavigate>;
  go(step: string): void;
  prefer(change: Partial<Preferences>): void;
  showShortcuts(): void;
}

const MOST = 6;

function records({ t, account, query, runs, navigate }: CommandSource): readonly Command[] {
  if (query === '') return [];
  const params = { account };
  return [
    {
      id: 'search',
      group: 'records',
      icon: Search,
      title: t('palette.searchRuns', { text: query }),
      run: () => void navigate({ to: '/a/$account/runs', params, search: { record: query } }),
    },
    ...runs.slice(0, MOST).map(
      (run): Command => ({
        id: run.id,
        group: 'records',
        icon: ArrowRight,
        title: recordName(run, t),
        hint: `${run.flowName} · ${t(`runs.statuses.${run.status}`)}`,
        run: () => void navigate({ to: '/a/$account/runs/$run', params: { account, run: run.id } }),
      }),
    ),
  ];
}

/** For whoever looks for something: without words a large flow would hide all else. */
function steps({ query, steps: all, go }: CommandSource): readonly Command[] {
  if (query === '') return [];
  return all.map(
    ({ id, title, about }): Command => ({
      id: `step-${id}`,
      group: 'steps',
      icon: Locate,
      title,
      also: about,
      ...(about === '' ? {} : { hint: about }),
      run: () => go(id),
    }),
  );
}

function things({ account, flows, connections, navigate }: CommandSource): readonly Command[] {
  return [
    ...flows.map(
      (flow): Command => ({
        id: flow.id,
        group: 'flows',
        icon: Workflow,
        title: flow.name,
        run: () => void navigate({ to: '/a/$account/flows/$flow', params: { account, flow: flow.id } }),
      }),
    ),
    ...connections.map(
      (each): Command => ({
        id: each.id,
        group: 'connections',
        icon: Plug,
        title: each.title,
        run: () =>
          void navigate({ to: '/a/$account/connections/$connection', params: { account, connection: each.id } }),
      }),
    ),
  ];
}

function places({ t, account, navigate }: CommandSource): readonly Command[] {
  return Object.entries(PLACES).map(([key, place]) => ({
    id: `go-${key}`,
    group: 'places',
    icon: ArrowRight,
    title: t(place.key),
    hint: `G ${key.toUpperCase()}`,
    run: () => void navigate({ to: place.to, params: { account } }),
  }));
}

function actions({ t, account, may, preferences, navigate, prefer, showShortcuts }: CommandSource): readonly Command[] {
  const params = { account };
  const other = preferences.language === 'sv' ? 'en' : 'sv';
  const all: readonly (Command & { readonly needs?: string })[] = [
    {
      id: 'template',
      group: 'actions',
      icon: LayoutTemplate,
      title: t('palette.useTemplate'),
      needs: 'template.use',
      run: () => void navigate({ to: '/a/$account/templates', params }),
    },
    {
      id: 'import',
      group: 'actions',
      icon: Workflow,
      title: t('palette.importFlow'),
      needs: 'flow.edit',
      run: () => void navigate({ to: '/a/$account/flows/import', params }),
    },
    {
      id: 'connect',
      group: 'actions',
      icon: Plug,
      title: t('palette.connect'),
      needs: 'connection.edit',
      run: () => void navigate({ to: '/a/$account/connections/new', params }),
    },
    {
      id: 'plugins',
      group: 'actions',
      icon: Puzzle,
      title: t('shell.plugins'),
      needs: 'plugin.manage',
      run: () => void navigate({ to: '/a/$account/plugins', params }),
    },
    { id: 'light', group: 'actions', icon: Sun, title: t('palette.light'), run: () => prefer({ theme: 'light' }) },
    { id: 'dark', group: 'actions', icon: Moon, title: t('palette.dark'), run: () => prefer({ theme: 'dark' }) },
    {
      id: 'system',
      group: 'actions',
      icon: Moon,
      title: t('palette.system'),
      run: () => prefer({ theme: 'system' }),
    },
    {
      id: 'language',
      group: 'actions',
      icon: Languages,
      title: t(other === 'sv' ? 'shell.toSwedish' : 'shell.toEnglish'),
      run: () => prefer({ language: other }),
    },
    {
      id: 'shortcuts',
      group: 'actions',
      icon: Keyboard,
      title: t('shell.shortcuts'),
      hint: '?',
      run: showShortcuts,
    },
  ];
  return all.filter(({ needs }) => needs === undefined || may.includes(needs));
}

/** What fits the words, records first; without words, where one may go and what one may do. */
export function commandsFor(source: CommandSource): readonly Command[] {
  const words = source.query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const fits = ({ title, also = '' }: Command) =>
    words.every((word) => `${title} ${also}`.toLowerCase().includes(word));
  const found = [...steps(source), ...things(source), ...places(source), ...actions(source)].filter(fits);
  const groups = Object.values(Object.groupBy(found, ({ group }) => group));
  return [...records(source), ...groups.flatMap((each) => each.slice(0, words.length === 0 ? MOST + 1 : MOST))];
}
