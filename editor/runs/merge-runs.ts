import type { RunFilter, RunList, RunStatus, RunSummary } from '#runtime/protocol.ts';
import type { RunSearch } from '../api/queries.ts';

interface Pages {
  readonly pages: readonly RunList[];
  readonly pageParams: readonly unknown[];
}

const ACTIVE: readonly RunStatus[] = ['queued', 'running', 'waiting'];

function hasStatus(status: RunStatus, wanted: RunFilter): boolean {
  return wanted === 'active' ? ACTIVE.includes(status) : status === wanted;
}

/** Whether a run belongs in a list narrowed like this; the server's rule for `record` is its own, so only equality is sure. */
function belongs(run: RunSummary, search: RunSearch): boolean {
  return (
    (search.flow === undefined || run.flow === search.flow) &&
    (search.status === undefined
      ? search.ignored === true || run.status !== 'ignored'
      : hasStatus(run.status, search.status)) &&
    (search.since === undefined || run.receivedAt >= search.since) &&
    (search.record === undefined || run.record === search.record)
  );
}

const newestFirst = (one: RunSummary, other: RunSummary) =>
  other.receivedAt - one.receivedAt || (one.id < other.id ? 1 : -1);

/** The loaded pages with runs that moved put right, new ones at their place, and those that left the filter gone. */
export function mergeRuns<Data extends Pages>(data: Data, incoming: readonly RunSummary[], search: RunSearch): Data {
  const newest = new Map(incoming.map((run) => [run.id, run]));
  const known = new Set<string>();
  const pages = data.pages.map((page) => ({
    ...page,
    runs: page.runs.flatMap((run) => {
      known.add(run.id);
      const now = newest.get(run.id);
      if (!now) return [run];
      // a record that was found by part of its number stays found
      return belongs(now, { ...search, record: undefined }) ? [now] : [];
    }),
  }));
  const last = pages.at(-1);
  const oldest = last?.more ? last.runs.at(-1)?.receivedAt : undefined;
  const fresh = [...newest.values()].filter(
    (run) => !known.has(run.id) && belongs(run, search) && (oldest === undefined || run.receivedAt >= oldest),
  );
  const [first] = pages;
  if (first && fresh.length > 0) pages[0] = { ...first, runs: [...fresh, ...first.runs].sort(newestFirst) };
  return { ...data, pages };
}
