import type { Sketch } from '#runtime/capability.ts';
import { type AnyConnector, offerOf, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import { referenceParts } from '#runtime/write.ts';
import { failPoint } from '../adapters/fail-point.ts';
import type { NewFinding } from '../adapters/pg-findings.ts';
import type { Ends, Pair, ReferenceGroup } from '../adapters/pg-judgement.ts';
import type { Pass, PassAudit, PassTools } from './pass.ts';

/** One target of a pass under judgement. */
interface Bench {
  readonly tools: PassTools;
  readonly pass: Pass;
  readonly ends: Ends;
  readonly audit: PassAudit['audit'];
  /** The documents that carry the reference, asked for anew; null where the system cannot be asked. */
  look(reference: string): Promise<readonly Sketch[] | null>;
  file(finding: Pick<NewFinding, 'kind' | 'state' | 'record' | 'documents' | 'reference' | 'detail'>): Promise<void>;
  readonly fingerprints: string[];
}

/** Sets what the source says beside what each target has, and files what is not as it should be. */
export async function judge(tools: PassTools, pass: Pass): Promise<void> {
  for (const one of pass.audits) {
    const bench = await benchOf(tools, pass, one);
    await lookAgain(bench);
    await judgeLinks(bench);
    await judgeSuspicions(bench);
    await judgeShared(bench);
    await judgeUnlinked(bench);
    await judgeLost(bench);
    const records = await judgeContent(bench);
    await tools.findings.resolve(pass, one.connection, { fingerprints: bench.fingerprints, records });
  }
}

async function benchOf(tools: PassTools, pass: Pass, { audit, connection }: PassAudit): Promise<Bench> {
  const at = await pass.open(connection);
  const ends: Ends = { entity: pass.entity, source: pass.source.connection, target: connection };
  const fingerprints: string[] = [];
  return {
    tools,
    pass,
    ends,
    audit,
    fingerprints,
    look: lookup(tools, pass, { audit, connection }, at),
    file: async (finding) => {
      const fingerprint = [connection, finding.reference ?? finding.record, finding.detail].join(' ');
      fingerprints.push(fingerprint);
      const { entity, source } = ends;
      await tools.findings.file(pass, { ...finding, fingerprint, entity, source, target: connection, run: null });
      failPoint('reconcile.filed');
    },
  };
}

function lookup(
  tools: PassTools,
  pass: Pass,
  { audit, connection }: PassAudit,
  { connector, session }: { readonly connector: AnyConnector; readonly session: Session },
): Bench['look'] {
  const { capability, input } = audit.find;
  const offer = offerOf(connector, capability.name) as
    | { run(session: Session, input: unknown): Promise<unknown> }
    | undefined;
  const asked = new Map<string, readonly Sketch[]>();
  return async (reference) => {
    if (!offer) return null;
    const known = asked.get(reference);
    if (known) return known;
    pass.signal.throwIfAborted();
    const answer = await offer.run(session, input(reference)).catch((error: unknown) => {
      if (error instanceof TerminalError && error.code === 'UNSUPPORTED') return null;
      throw error;
    });
    if (answer === null) return null;
    const found = capability.output.parse(answer) as readonly unknown[];
    const sketches = found.map((item) => audit.sketch(item));
    asked.set(reference, sketches);
    const documents = sketches.map((sketch) => ({ connection, sketch }));
    await pass.keep({ stage: 'judge' }, { at: tools.clock.now(), documents });
    return sketches;
  };
}

/** What was found before is asked for anew, however old it is: it may have been put right. */
async function lookAgain(bench: Bench): Promise<void> {
  const { findings } = bench.tools;
  for (const { kind, reference } of await findings.openReferences(bench.pass, bench.ends.target)) {
    const found = await bench.look(reference);
    if (kind === 'missing-document' && found?.length === 0) await fileMissing(bench, reference);
  }
}

async function fileMissing(bench: Bench, reference: string, others: readonly Sketch[] = []): Promise<void> {
  const [link] = await bench.tools.judgement.linksOf(bench.pass.tenant, reference);
  if (!link) return;
  const detail = others.length === 0 ? `${link.document} is not there` : `${link.document} is not there; others are`;
  const documents = [link.document, ...others.map((one) => one.id)];
  await bench.file({ kind: 'missing-document', state: 'open', record: link.record, documents, reference, detail });
}

/** A record we have a document of, which no list brought: it is old, or it is gone. */
async function judgeLinks(bench: Bench): Promise<void> {
  for (const link of await bench.tools.judgement.unseenLinks(bench.pass, bench.ends)) {
    const found = await bench.look(link.reference);
    if (found === null || found.some((one) => one.id === link.document)) continue;
    await fileMissing(bench, link.reference, found);
  }
}

/** Writers that lost their claim, or never learned what became of their write: now the documents are counted. */
async function judgeSuspicions(bench: Bench): Promise<void> {
  const { judgement } = bench.tools;
  for (const suspicion of await judgement.suspicions(bench.pass)) {
    if (suspicion.connection !== bench.ends.target) continue;
    const { reference, document, linked } = suspicion;
    const countable = linked === null || linked.entity === bench.ends.entity;
    const found = countable ? await bench.look(reference) : null;
    const settled = found !== null && (found.length > 0 || document === null);
    const harmless = settled || (document !== null && linked?.document === document);
    if (!harmless) {
      const documents = [...new Set([linked?.document, document])].filter((one) => typeof one === 'string');
      const detail = document === null ? 'a second document may exist' : `${document} may be a second document`;
      const record = linked?.record ?? null;
      await bench.file({ kind: 'suspected-document', state: 'open', record, documents, reference, detail });
    }
    await judgement.settleSuspicion(bench.pass, suspicion.id);
  }
}

const valid = (documents: readonly Sketch[]): readonly Sketch[] => documents.filter((one) => !one.void);

async function judgeShared(bench: Bench): Promise<void> {
  for (const group of await bench.tools.judgement.shared(bench.pass, bench.ends)) {
    // asked anew: one of them may have been cancelled since it was listed
    const found = valid((await bench.look(group.reference)) ?? group.documents);
    if (found.length < 2) continue;
    const documents = found.map((one) => one.id);
    const detail = `${found.map((one) => one.number).join(', ')} carry the same reference`;
    const { reference, record } = group;
    await bench.file({ kind: 'double-document', state: 'open', record, documents, reference, detail });
  }
}

/** Documents made by a run that could not say so: linked now where their record is known, else a person is asked. */
async function judgeUnlinked(bench: Bench): Promise<void> {
  const { tools, pass, ends } = bench;
  const groups = await tools.judgement.unlinked(pass, ends);
  if (groups.length === 0) return;
  const referenceOf = (connection: string, id: string): string =>
    tools.references.of(referenceParts(pass.tenant, ends.target, { entity: ends.entity, connection, id }));
  const records = new Map(
    (await tools.judgement.seenRecords(pass)).map((record) => [referenceOf(ends.source, record), record]),
  );
  const atWork = new Set(
    (await tools.judgement.inFlight(pass.tenant)).map(({ connection, record }) => referenceOf(connection, record)),
  );
  for (const group of groups) if (!atWork.has(group.reference)) await judgeGroup(bench, group, records);
}

async function judgeGroup(
  bench: Bench,
  { reference, documents }: ReferenceGroup,
  records: ReadonlyMap<string, string>,
): Promise<void> {
  const { tools, pass, ends } = bench;
  const [one, ...others] = valid(documents);
  if (!one) return;
  const record = records.get(reference) ?? null;
  const found = { record, documents: [one, ...others].map((each) => each.id), reference };
  if (record === null) {
    // linked in the meantime, or by a run of another flow
    if ((await tools.judgement.linksOf(pass.tenant, reference)).length > 0) return;
    const detail = `${one.number} carries a reference of no record known here`;
    await bench.file({ ...found, kind: 'unknown-document', state: 'open', detail });
    return;
  }
  if (others.length > 0) return;
  const linked = await tools.judgement.link(pass, ends, { reference, record, document: one.id });
  const detail = `${one.number} is linked to ${record} now`;
  if (linked) await bench.file({ ...found, kind: 'unlinked-document', state: 'repaired', detail });
}

async function judgeLost(bench: Bench): Promise<void> {
  for (const { reference, record, document, sketch } of await bench.tools.judgement.lost(bench.pass, bench.ends)) {
    if (sketch.void) continue;
    // a list may tell less than the document itself
    const found = await bench.look(reference);
    if (found === null || found.some((one) => one.id === document)) continue;
    const carries = sketch.reference === undefined ? 'no reference' : `the reference ${sketch.reference}`;
    const detail = `${sketch.number} carries ${carries}`;
    await bench.file({ kind: 'lost-reference', state: 'open', record, documents: [document], reference, detail });
  }
}

async function judgeContent(bench: Bench): Promise<string[]> {
  const compared: string[] = [];
  for (const pair of await bench.tools.judgement.pairs(bench.pass, bench.ends)) {
    compared.push(pair.record);
    if (differenceOf(bench, pair) === '') continue;
    const { record, reference, document } = pair;
    // the document may have been changed since it was listed
    const now = (await bench.look(reference))?.find((one) => one.id === document);
    const detail = differenceOf(bench, now ? { ...pair, documentSketch: now } : pair);
    if (detail === '') continue;
    await bench.file({ kind: 'different-document', state: 'open', record, documents: [document], reference, detail });
  }
  return compared;
}

function differenceOf({ audit }: Bench, { recordSketch, documentSketch }: Pair): string {
  if (recordSketch.void || documentSketch.void) return '';
  const differences = audit.differences(recordSketch, documentSketch);
  return differences.map(({ what, record, document }) => `${what}: ${document}, not ${record}`).join('; ');
}
