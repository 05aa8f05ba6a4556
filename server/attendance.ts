import type { Attend, Attendance, Leave } from '#runtime/attendance.ts';
import type { AttendanceStore } from './adapters/pg-attendance.ts';
import type { Notifications } from './adapters/pg-notify.ts';

/** How one tab is told. */
export type Told = (attendance: Attendance) => void;

/** The tabs of this process that have flows open, told whenever somebody comes, goes, takes over or saves. */
export interface Attendances {
  /** Resolves with who is there; from then on `emit` is told of every change. */
  attend(wish: Attend, user: string, emit: Told): Promise<Attendance>;
  /** Nothing, when the tab has come back by another line meanwhile. */
  leave(who: Leave, emit: Told): Promise<void>;
  stop(): void;
}

export interface AttendancesDeps {
  readonly store: AttendanceStore;
  readonly notifications: Notifications;
  onError(error: unknown): void;
}

interface Room {
  readonly tenant: number;
  readonly flow: string;
  readonly tabs: Map<string, Told>;
  /** As the tabs were last told. */
  told: string;
  /** Told one after the other, so that the last word is the newest. */
  turn: Promise<void>;
}

/** A third of a lease, so that one beat that is lost costs nobody the pen. */
const BEAT_MS = 5000;

export function createAttendances({ store, notifications, onError }: AttendancesDeps): Attendances {
  const rooms = new Map<string, Room>();
  const keyOf = (tenant: number, flow: string): string => `${tenant} ${flow}`;

  const tellNow = async (room: Room): Promise<void> => {
    const attendance = await store.read(room.tenant, room.flow);
    const text = JSON.stringify(attendance);
    if (!attendance || text === room.told) return;
    room.told = text;
    for (const emit of room.tabs.values()) emit(attendance);
  };
  const tell = (room: Room): Promise<void> => {
    room.turn = room.turn.then(() => tellNow(room)).catch(onError);
    return room.turn;
  };

  const deaf = notifications.on('weft_attendance', (key) => {
    const room = rooms.get(key);
    if (room) void tell(room);
  });

  /** Renews our own tabs and sees who has lapsed elsewhere, of which nobody tells. */
  const beat = async (): Promise<void> => {
    const tabs = Map.groupBy(rooms.values(), (room) => room.tenant);
    for (const [tenant, theirs] of tabs) {
      await store.renew(
        tenant,
        theirs.flatMap((room) => [...room.tabs.keys()]),
      );
      for (const room of theirs) await tell(room);
    }
  };
  const beating = setInterval(() => beat().catch(onError), BEAT_MS);
  beating.unref();

  return {
    attend: async (wish, user, emit) => {
      const key = keyOf(wish.tenant, wish.flow);
      const attendance = await store.attend(wish, user);
      const room = rooms.get(key) ?? {
        tenant: wish.tenant,
        flow: wish.flow,
        tabs: new Map(),
        told: '',
        turn: Promise.resolve(),
      };
      rooms.set(key, room);
      room.tabs.set(wish.tab, emit);
      return attendance;
    },
    leave: async (who, emit) => {
      const key = keyOf(who.tenant, who.flow);
      const room = rooms.get(key);
      if (!room || room.tabs.get(who.tab) !== emit) return;
      room.tabs.delete(who.tab);
      if (room.tabs.size === 0) rooms.delete(key);
      await store.leave(who);
    },
    stop: () => {
      clearInterval(beating);
      deaf();
      rooms.clear();
    },
  };
}
