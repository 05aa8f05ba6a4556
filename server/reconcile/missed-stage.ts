import type { Json } from '#runtime/json.ts';
import { failPoint } from '../adapters/fail-point.ts';
import type { MissedRow } from '../adapters/pg-missed.ts';
import type { Progress } from '../adapters/pg-reconciliation.ts';
import type { Pass, PassTools } from './pass.ts';

const AT_ONCE = 50;
/** A poll that is so much later than it should be is not waited for. */
const LATE_MS = 900_000;

/** Whether the poll has gone round since the last of these was seen: only what it then has not brought is missed. */
async function isPolled(tools: PassTools, pass: Pass, missed: readonly MissedRow[], waitingSince: number) {
  const latest = Math.max(...missed.map((one) => one.seenAt));
  const poll = await tools.missed.poll(pass);
  if (!poll || (poll.polledAt !== null && poll.polledAt > latest)) return true;
  return tools.clock.now() - waitingSince > pass.poll.everyMs + LATE_MS;
}

/** Makes runs of the changes that neither webhook nor poll has brought; answers what to wait with when the poll has yet to go round. */
export async function repairMissed(tools: PassTools, pass: Pass, progress: Progress): Promise<Progress | null> {
  for (;;) {
    if (pass.signal.aborted) return progress;
    const missed = await tools.missed.next(pass, AT_ONCE);
    if (missed.length === 0) return null;
    const waitingSince = progress.waitingSince ?? tools.clock.now();
    if (!(await isPolled(tools, pass, missed, waitingSince))) {
      // once: a poll that is under way must not be begun again and again
      if (progress.waitingSince === undefined) await tools.missed.pollNow(pass);
      return { stage: 'missed', waitingSince };
    }
    for (const one of missed) await repair(tools, pass, one);
    await tools.missed.notMissed(
      pass,
      missed.map((one) => one.record),
    );
    await pass.keep({ stage: 'missed', waitingSince });
  }
}

async function repair(tools: PassTools, pass: Pass, { record, key, body, seenAt }: MissedRow): Promise<void> {
  const { entity, source } = pass;
  const topic = `${entity}.missed`;
  // a state that came after this one has been taken in, and this one is history; or a pass that was killed has just repaired it
  const since = await tools.missed.runSince(pass, record, seenAt);
  if (since && since.topic !== topic) return;
  const run = since?.run ?? (await accepted());
  if (run === undefined) return;
  await tools.findings.file(pass, {
    kind: 'missed-change',
    fingerprint: `${record} ${key}`,
    state: 'repaired',
    entity,
    record,
    source: source.connection,
    target: null,
    documents: [],
    reference: null,
    run,
    detail: '',
  });

  async function accepted(): Promise<string | undefined> {
    const parsed = JSON.parse(body.toString('utf8')) as Json;
    const arrival = { entity, record, via: 'poll', topic, key, raw: body, body: parsed } as const;
    const { run: made, state } = await tools.intake.accept(source, arrival);
    failPoint('reconcile.repaired');
    if (state === 'stored') return made;
    return (await tools.missed.topicOf(pass.tenant, made)) === topic ? made : undefined;
  }
}
