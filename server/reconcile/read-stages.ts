import { offerOf } from '#runtime/connector.ts';
import { failPoint } from '../adapters/fail-point.ts';
import { dedupOf } from '../intake.ts';
import { arrivalsOf, listPage } from '../listed-changes.ts';
import type { Pass, PassTools } from './pass.ts';

/** A list may be endless by mistake; the next pass begins anew. */
const MOST_PAGES = 10_000;

/** Reads the source once more, page by page, and marks what no run has taken in. */
export async function readSource(tools: PassTools, pass: Pass, from: string | undefined): Promise<void> {
  const { source, entity, tenant } = pass;
  const at = await pass.open(source.connection);
  let cursor = from;
  for (let page = 0; page < MOST_PAGES && !pass.signal.aborted; page++) {
    const seenAt = tools.clock.now();
    const listed = await listPage(at, pass.poll.capability, { since: pass.since, cursor });
    const arrivals = arrivalsOf(entity, listed).map((arrival) => ({ arrival, key: dedupOf(source, arrival) }));
    const keys = arrivals.map(({ key }) => key);
    const unknown = await tools.missed.unknownKeys(tenant, keys);
    const [sketcher] = pass.audits;
    const records = arrivals.map(({ arrival, key }) => ({
      record: arrival.record,
      sketch: sketcher && arrival.body !== null ? sketcher.audit.sketch(arrival.body) : null,
      missed: unknown.has(key.toString('hex')) ? { key: arrival.key, body: arrival.raw } : null,
    }));
    cursor = listed.cursor;
    const next = cursor === undefined ? { stage: 'documents' as const } : { stage: 'source' as const, cursor };
    await pass.keep(next, { at: seenAt, records });
    failPoint('reconcile.read');
    if (cursor === undefined) return;
  }
}

/** Reads the documents that have changed in each target, where the target can list them. */
export async function readDocuments(
  tools: PassTools,
  pass: Pass,
  from: { readonly connection?: string; readonly cursor?: string },
): Promise<void> {
  const begun = pass.audits.findIndex((one) => one.connection === from.connection);
  for (const { audit, connection } of pass.audits.slice(Math.max(0, begun))) {
    let cursor = connection === from.connection ? from.cursor : undefined;
    const at = await pass.open(connection);
    if (!offerOf(at.connector, audit.list.name)) continue;
    for (let page = 0; page < MOST_PAGES && !pass.signal.aborted; page++) {
      const listed = await listPage(at, audit.list, { since: pass.since, cursor });
      cursor = listed.cursor;
      const documents = listed.items.map((item) => ({ connection, sketch: audit.sketch(item) }));
      await pass.keep(
        { stage: 'documents', connection, ...(cursor === undefined ? {} : { cursor }) },
        { at: tools.clock.now(), documents },
      );
      failPoint('reconcile.documents');
      if (cursor === undefined) break;
    }
  }
}
