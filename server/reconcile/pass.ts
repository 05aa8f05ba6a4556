import type { Logger } from 'pino';
import type { AnyCapability, Audit, Entity } from '#runtime/capability.ts';
import type { AnyConnector, ChangeSource, Session } from '#runtime/connector.ts';
import type { Plan, PlanStep } from '#runtime/plan.ts';
import type { Clock, Connections, References } from '#runtime/ports.ts';
import type { FindingStore } from '../adapters/pg-findings.ts';
import type { LiveTrigger } from '../adapters/pg-hooks.ts';
import type { Judgement } from '../adapters/pg-judgement.ts';
import type { MissedBook } from '../adapters/pg-missed.ts';
import type { PassKey, PassStore, Progress, SeenDocument, SeenRecord } from '../adapters/pg-reconciliation.ts';
import type { Intake } from '../intake.ts';
import { calmSession } from './calm-session.ts';

/** What the stages of a pass work with. */
export interface PassTools {
  readonly passes: PassStore;
  readonly findings: FindingStore;
  readonly judgement: Judgement;
  readonly missed: MissedBook;
  readonly connections: Connections;
  readonly intake: Intake;
  readonly references: References;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a pass is one process's without a word. */
  readonly leaseMs: number;
}

/** A pass at work. */
export interface Pass extends PassKey {
  readonly trigger: string;
  readonly source: LiveTrigger;
  readonly entity: Entity;
  readonly poll: NonNullable<ChangeSource['poll']>;
  /** Milliseconds since 1970: changes from then on are gone through. */
  readonly since: number;
  readonly audits: readonly PassAudit[];
  readonly signal: AbortSignal;
  open(connection: string): Promise<{ readonly connector: AnyConnector; readonly session: Session }>;
  /** Keeps what was seen, and where to go on from. */
  keep(
    progress: Progress,
    seen?: {
      readonly at: number;
      readonly records?: readonly SeenRecord[];
      readonly documents?: readonly SeenDocument[];
    },
  ): Promise<void>;
}

/** Documents that a flow makes of the records it reads. */
export interface PassAudit {
  readonly audit: Audit;
  /** The connection they are made in. */
  readonly connection: string;
}

function* stepsOf(steps: readonly PlanStep[]): Generator<PlanStep> {
  for (const step of steps) {
    yield step;
    yield* stepsOf(step.body);
  }
}

/** Where a flow makes documents of the kind of record it reads, and how they are gone through. */
export function auditsOf(plan: Plan, entity: Entity, source: string): PassAudit[] {
  const found = new Map<string, PassAudit>();
  for (const step of stepsOf(plan.steps)) {
    const { connection, disabled } = step.document;
    if (connection === undefined || connection === source || disabled) continue;
    const needs: Readonly<Record<string, AnyCapability>> = step.node.needs ?? {};
    for (const { audit } of Object.values(needs))
      if (audit?.entity === entity) found.set(connection, { audit, connection });
  }
  return [...found.values()];
}

/** Opens connections calmly, each once a pass. */
export function calmly(tools: PassTools, tenant: number, signal: AbortSignal): Pass['open'] {
  const opened = new Map<string, ReturnType<Pass['open']>>();
  const open: Pass['open'] = async (connection) => {
    const note = (message: string): void => tools.log.debug({ connection }, message);
    const found = await tools.connections.open(tenant, connection, { signal, note, ahead: true });
    return { connector: found.connector, session: calmSession(found) };
  };
  return (connection) => {
    const known = opened.get(connection) ?? open(connection);
    opened.set(connection, known);
    return known;
  };
}
