import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import type { SessionData } from 'express-session';
import type { Logger } from 'pino';
import { Server, type Socket } from 'socket.io';
import type { z } from 'zod';
import { Attend, Leave } from '#runtime/attendance.ts';
import type { RunEvent } from '#runtime/event.ts';
import { type ErrorAnswer, type RunSummary, Watch } from '#runtime/protocol.ts';
import { type Actor, actingAs, actorNow } from './adapters/acting.ts';
import type { RunStore } from './adapters/pg-run-store.ts';
import type { Visits } from './adapters/pg-visits.ts';
import { Refused } from './adapters/refusal.ts';
import type { RunLists } from './adapters/run-lists.ts';
import type { RunTails } from './adapters/run-tails.ts';
import type { Attendances, Told } from './attendance.ts';
import { may, type User, visits } from './auth/permission.ts';
import { isSameOrigin } from './auth/same-origin.ts';
import { type Sessions, type SignedIn, signedInAs } from './auth/session.ts';
import type { Users } from './auth/users.ts';
import { withConfirmed } from './auth/visit.ts';
import { cutEvent, ON_THE_LINE } from './event-cut.ts';
import { LIMITS } from './limits.ts';
import { errorAnswer } from './routes/error-answer.ts';

export interface LiveDeps {
  readonly server: HttpServer;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly tails: RunTails;
  readonly lists: RunLists;
  readonly visits: Visits;
  readonly attendances: Attendances;
  /** Those of the runs that whoever asks may see. */
  readonly summaries: RunStore['summaries'];
  readonly publicUrl: string;
  readonly log: Logger;
}

/** The live line to the pages. */
export interface Live {
  /** Cuts the lines of a session that is over. */
  ended(sid: string): void;
  /** Something about the person has changed: lines that may no longer be open are cut. */
  changed(user: string): void;
  close(): Promise<void>;
}

interface Line {
  readonly who: SignedIn;
  readonly sid: string;
  readonly ip: string | null;
  readonly watches: Map<string, Following>;
  /** Tenants it may follow something of; checked again while it is open. */
  readonly tenants: Set<number>;
  /** Flows the page has open to draw in. */
  readonly attending: Map<string, { readonly who: Leave; readonly emit: Told }>;
  /** Watches and unwatches one after the other, so that the last word counts. */
  turn: Promise<void>;
  spent: number;
}

interface Following {
  readonly tenant: number;
  readonly run: string | null;
  /** For a run: seq of the last event sent. */
  seq(): number;
  stop(): void;
}

const WINDOW_MS = 10_000;
const RECHECK_MS = 30_000;
const EVENTS_A_MESSAGE = 200;

type Acknowledge = (answer: object) => void;

const keyOf = (watch: Watch): string =>
  `${watch.tenant}/${watch.what}/${watch.what === 'run' ? watch.run : (watch.flow ?? '')}`;

export function createLive(deps: LiveDeps): Live {
  const { sessions, log } = deps;
  const io = new Server(deps.server, {
    serveClient: false,
    maxHttpBufferSize: LIMITS.socket.messageBytes,
    allowRequest: (request, answer) => answer(null, isSameOrigin(request, deps.publicUrl)),
  });
  io.engine.use(sessions.middleware as RequestHandler);
  const lines = new Map<Socket, Line>();

  io.use(async (socket, next) => {
    const request = socket.request as IncomingMessage & { session?: SessionData; sessionID?: string };
    const who = request.session ? signedInAs(request.session) : null;
    if (who === null || request.sessionID === undefined) return next(new Error('SIGN_IN_NEEDED'));
    socket.data = { who, sid: request.sessionID };
    next();
  });

  io.on('connection', (socket) => {
    const { who, sid } = socket.data as { who: SignedIn; sid: string };
    const line: Line = {
      who,
      sid,
      ip: socket.request.socket.remoteAddress ?? null,
      watches: new Map(),
      tenants: new Set(),
      attending: new Map(),
      turn: Promise.resolve(),
      spent: 0,
    };
    lines.set(socket, line);
    limitRate(socket, line);
    const handle =
      <Message>(schema: z.ZodType<Message>, work: (message: Message) => Promise<object | undefined>) =>
      (message: unknown, acknowledge?: unknown) => {
        const answer: Acknowledge = typeof acknowledge === 'function' ? (acknowledge as Acknowledge) : () => undefined;
        line.turn = line.turn.then(async () => {
          try {
            answer({ ok: true, ...(await work(schema.parse(message))) });
          } catch (error) {
            answer(toldOf(error, log));
          }
        });
      };
    socket.on(
      'watch',
      handle(Watch, (watch) => begin(deps, socket, line, watch)),
    );
    socket.on(
      'unwatch',
      handle(Watch, async (watch) => {
        const key = keyOf(watch);
        line.watches.get(key)?.stop();
        line.watches.delete(key);
        return undefined;
      }),
    );
    socket.on(
      'attend',
      handle(Attend, (wish) => attend(deps, socket, line, wish)),
    );
    socket.on(
      'leave',
      handle(Leave, (who) => leave(deps, line, who.tab)),
    );
    socket.on('disconnect', () => {
      lines.delete(socket);
      line.turn = line.turn.then(async () => {
        for (const following of line.watches.values()) following.stop();
        for (const tab of [...line.attending.keys()])
          await leave(deps, line, tab).catch((error: unknown) => log.warn({ err: error }, 'a tab could not be let go'));
      });
    });
  });

  const emptying = setInterval(() => {
    for (const line of lines.values()) line.spent = 0;
  }, WINDOW_MS);
  const check = (which: (line: Line) => boolean): void => {
    for (const [socket, line] of lines)
      if (which(line))
        stillAllowed(deps, line).then(
          (allowed) => {
            if (!allowed) socket.disconnect(true);
          },
          (error: unknown) => log.warn({ err: error }, 'a live line could not be checked'),
        );
  };
  const checking = setInterval(() => check(() => true), RECHECK_MS);
  for (const timer of [emptying, checking]) timer.unref();

  return {
    ended: (sid) => {
      for (const [socket, line] of lines) if (line.sid === sid) socket.disconnect(true);
    },
    changed: (user) => check((line) => line.who.user === user),
    close: async () => {
      clearInterval(emptying);
      clearInterval(checking);
      const open = [...lines.values()];
      io.disconnectSockets(true);
      io.engine.close();
      await Promise.all(open.map((line) => line.turn));
      deps.attendances.stop();
    },
  };
}

function toldOf(error: unknown, log: Logger): ErrorAnswer {
  const { body, unexpected } = errorAnswer(error);
  if (unexpected) log.error({ err: error }, 'a watch failed');
  return body;
}

function limitRate(socket: Socket, line: Line): void {
  socket.use((packet, next) => {
    line.spent++;
    if (line.spent <= LIMITS.socket.messages) return next();
    const acknowledge = packet.at(-1);
    if (typeof acknowledge === 'function')
      acknowledge(errorAnswer(new Refused(429, 'TOO_MANY_MESSAGES', 'too many messages; wait a moment')).body);
    if (line.spent > 10 * LIMITS.socket.messages) socket.disconnect(true);
  });
}

/** A session that is over, or a right taken away, ends a line that is open. */
async function stillAllowed({ sessions, users, summaries }: LiveDeps, line: Line): Promise<boolean> {
  const data = await sessions.read(line.sid);
  const now = data && signedInAs(data);
  if (now?.user !== line.who.user) return false;
  const person = await users.signedIn(now);
  if (!person || person.mustSetUpSecondStep || ![...line.tenants].every((tenant) => may(person, 'run.read', tenant)))
    return false;
  const drawing = withConfirmed(person, data ?? {});
  if (![...line.attending.values()].every(({ who }) => may(drawing, 'flow.edit', who.tenant))) return false;
  const actor = actorOn(line, person);
  if (actor.guest === null) return true;
  // the guest may have left the project that held a run
  for (const { tenant, run } of line.watches.values())
    if (run !== null && (await actingAs(actor, () => summaries(tenant, [run]))).length === 0) return false;
  return true;
}

const actorOn = (line: Line, { id, email, role }: User): Actor => ({
  id,
  name: email,
  role,
  ip: line.ip,
  guest: role === 'partner' ? id : null,
});

async function begin(deps: LiveDeps, socket: Socket, line: Line, watch: Watch): Promise<undefined> {
  const person = await deps.users.signedIn(line.who);
  if (!person || person.mustSetUpSecondStep || !may(person, 'run.read', watch.tenant))
    throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
  const actor = actorOn(line, person);
  if (visits(person, watch.tenant)) await deps.visits.look(watch.tenant, actor, line.sid);
  await actingAs(actor, () => follow(deps, socket, line, watch));
}

async function follow(deps: LiveDeps, socket: Socket, line: Line, watch: Watch): Promise<void> {
  const key = keyOf(watch);
  const known = line.watches.get(key);
  if (!known && line.watches.size >= LIMITS.socket.watches)
    throw new Refused(429, 'TOO_MANY_WATCHES', `a page follows ${LIMITS.socket.watches} things at most`);
  if (!socket.connected) return;
  line.tenants.add(watch.tenant);
  if (watch.what === 'run') {
    // asked again by another part of the page: neither may miss what the other has not seen
    const afterSeq = Math.min(watch.afterSeq, known?.seq() ?? watch.afterSeq);
    known?.stop();
    line.watches.delete(key);
    const follower = await deps.tails.follow(watch.tenant, watch.run, afterSeq, (events) =>
      send(socket, watch.run, events),
    );
    line.watches.set(key, { tenant: watch.tenant, run: watch.run, seq: () => follower.seq, stop: follower.stop });
    return;
  }
  if (known) return;
  const stop = await deps.lists.follow(watch.tenant, watch.flow, runsTo(deps, socket, watch.tenant));
  line.watches.set(key, { tenant: watch.tenant, run: null, seq: () => -1, stop });
}

/** A tab of somebody who may draw has the flow open; told from then on of who else has, and who edits. */
async function attend(deps: LiveDeps, socket: Socket, line: Line, wish: Attend): Promise<object> {
  // read anew: an administrator may have said why since the line was opened
  const data = await deps.sessions.read(line.sid);
  const who = data && signedInAs(data);
  const known = who && (await deps.users.signedIn(who));
  const person = data && known && withConfirmed(known, data);
  if (!person || person.mustSetUpSecondStep || !may(person, 'run.read', wish.tenant))
    throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
  if (!may(person, 'flow.edit', wish.tenant)) throw new Refused(403, 'NOT_ALLOWED', 'your role does not allow this');
  if (!line.attending.has(wish.tab) && line.attending.size >= LIMITS.socket.watches)
    throw new Refused(429, 'TOO_MANY_WATCHES', `a page follows ${LIMITS.socket.watches} things at most`);
  const { wish: _wish, ...there } = wish;
  const emit: Told = line.attending.get(wish.tab)?.emit ?? ((attendance) => socket.emit('attendance', attendance));
  const attendance = await actingAs(actorOn(line, person), () => deps.attendances.attend(wish, person.id, emit));
  line.attending.set(wish.tab, { who: there, emit });
  return { attendance };
}

async function leave(deps: LiveDeps, line: Line, tab: string): Promise<undefined> {
  const there = line.attending.get(tab);
  line.attending.delete(tab);
  if (there) await deps.attendances.leave(there.who, there.emit);
}

/** The lists are followed for everybody alike; a guest is sent those of the runs that a guest may see. */
function runsTo({ summaries, log }: LiveDeps, socket: Socket, tenant: number): (runs: readonly RunSummary[]) => void {
  const actor = actorNow();
  const send = (runs: readonly RunSummary[]): void => void (runs.length > 0 && socket.emit('runs', { runs }));
  if (actor.guest === null) return send;
  return (runs) => {
    const ids = runs.map((run) => run.id);
    actingAs(actor, () => summaries(tenant, ids)).then(send, (error: unknown) =>
      log.warn({ err: error }, 'a guest was not told'),
    );
  };
}

const shortened = (event: RunEvent): RunEvent => cutEvent(event, ON_THE_LINE);

function send(socket: Socket, run: string, events: readonly RunEvent[]): void {
  for (let at = 0; at < events.length; at += EVENTS_A_MESSAGE)
    socket.emit('events', { run, events: events.slice(at, at + EVENTS_A_MESSAGE).map(shortened) });
}
