import type { Socket } from 'socket.io-client';
import { EventsMessage, RunsMessage, type Watch, WatchAnswer } from '#runtime/protocol.ts';
import { contactEnded, contactLost, contactMade } from '../state/contact.ts';

type Target = { readonly what: 'run'; readonly run: string } | { readonly what: 'runs'; readonly flow?: string };

interface Follower {
  readonly tenant: number;
  readonly target: Target;
  /** For a run: seq of the last event the page has. */
  readonly afterSeq: () => number;
  readonly onEvents?: (message: EventsMessage) => void;
  readonly onRuns?: (message: RunsMessage) => void;
  /** The server refused, for instance because the right to see it is gone. */
  readonly onRefused?: (code: string) => void;
}

/** Somebody who hears all that comes on the line, and when it is open again. */
interface Hearer {
  readonly opened: () => void;
  readonly heard: (event: string, message: unknown) => void;
}

/** Pause after the server refused the line, as when the session has ended; polling then finds out why. */
const REFUSED_MS = 5000;

const followers = new Set<Follower>();
const hearers = new Set<Hearer>();
let socket: Socket | undefined;

const keyOf = ({ tenant, target }: Follower) =>
  `${tenant}/${target.what}/${target.what === 'run' ? target.run : (target.flow ?? '')}`;

function watchOf({ tenant, target, afterSeq }: Follower): Watch {
  if (target.what === 'run') return { what: 'run', tenant, run: target.run, afterSeq: afterSeq() };
  return { what: 'runs', tenant, ...(target.flow === undefined ? {} : { flow: target.flow }) };
}

function ask(follower: Follower): void {
  socket?.emit('watch', watchOf(follower), (answer: unknown) => {
    const parsed = WatchAnswer.safeParse(answer);
    if (parsed.success && 'error' in parsed.data) follower.onRefused?.(parsed.data.error.code);
  });
}

/** After a gap in contact every follower says where it stands, and the server replays from there. */
function askAll(): void {
  const asked = new Set<string>();
  for (const follower of followers) {
    const key = keyOf(follower);
    if (asked.has(key) && follower.target.what === 'runs') continue;
    asked.add(key);
    ask(follower);
  }
}

function deliverEvents(message: unknown): void {
  const parsed = EventsMessage.safeParse(message);
  if (!parsed.success) return;
  for (const follower of followers)
    if (follower.target.what === 'run' && follower.target.run === parsed.data.run) follower.onEvents?.(parsed.data);
}

function deliverRuns(message: unknown): void {
  const parsed = RunsMessage.safeParse(message);
  if (!parsed.success) return;
  for (const follower of followers) if (follower.target.what === 'runs') follower.onRuns?.(parsed.data);
}

/** The line once its code is here; the session cookie goes with it. Answers how to end it. */
async function connect(): Promise<() => void> {
  const { io } = await import('socket.io-client');
  const line = io({ transports: ['websocket', 'polling'], reconnectionDelayMax: 5000 });
  socket = line;
  line.on('connect', () => {
    contactMade();
    askAll();
    for (const hearer of hearers) hearer.opened();
  });
  // a line the server ended or refused is not tried again by the client itself
  let again: ReturnType<typeof setTimeout> | undefined;
  const lost = () => {
    contactLost();
    clearTimeout(again);
    if (!line.active) again = setTimeout(() => line.connect(), REFUSED_MS);
  };
  line.on('disconnect', lost);
  line.on('connect_error', lost);
  line.on('events', deliverEvents);
  line.on('runs', deliverRuns);
  line.onAny((event: string, message: unknown) => {
    for (const hearer of hearers) hearer.heard(event, message);
  });
  return () => {
    line.off('disconnect', lost);
    clearTimeout(again);
    line.disconnect();
    if (socket === line) socket = undefined;
  };
}

/** Opens the live line, until the returned function is called. */
export function openLine(): () => void {
  contactLost();
  const opened = connect();
  // without its code there is no line, and the page asks now and then as it does without contact
  opened.catch(() => undefined);
  return () => {
    void opened.then(
      (end) => end(),
      () => undefined,
    );
    contactEnded();
  };
}

/** Hears until the returned function is called. */
export function hear(hearer: Hearer): () => void {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

/** How long an answer on the line may take. */
const ANSWER_MS = 10_000;

/** Says something and resolves with the answer; with undefined where there is no line or no answer. */
export async function say(event: string, message: object): Promise<unknown> {
  if (!socket?.connected) return undefined;
  try {
    return await socket.timeout(ANSWER_MS).emitWithAck(event, message);
  } catch {
    return undefined;
  }
}

/** Follows until the returned function is called. */
export function follow(follower: Follower): () => void {
  const alone = ![...followers].some((other) => keyOf(other) === keyOf(follower));
  followers.add(follower);
  if (socket?.connected && (alone || follower.target.what === 'run')) ask(follower);
  return () => {
    followers.delete(follower);
    const last = ![...followers].some((other) => keyOf(other) === keyOf(follower));
    if (last && socket?.connected) socket.emit('unwatch', watchOf(follower));
  };
}
