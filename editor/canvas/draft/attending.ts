import { createStore, type StoreApi } from 'zustand';
import { AttendAnswer, Attendance, type Attendant, type Wish } from '#runtime/attendance.ts';
import { hear, say } from '../../api/socket.ts';

interface AttendingState {
  /** Other tabs that have the flow open, whoever sits at them. */
  readonly others: readonly Attendant[];
  /** The one of them that edits. */
  readonly holder: Attendant | null;
  /** We edit. */
  readonly mine: boolean;
  /** Somebody has taken over from us and still edits. */
  readonly lost: boolean;
  /** Of the stored draft, as far as we have been told. */
  readonly revision: number;
}

/** Our tab's being there, seen from here. */
export interface Attending {
  /** Name of the tab. */
  readonly tab: string;
  readonly store: StoreApi<AttendingState>;
  /** Resolves with whether it was heard. */
  wish(wish: Wish): Promise<boolean>;
  /** Comes; the answer goes. */
  come(): () => void;
}

/** A random name; `randomUUID` is for secure pages only, and Weft also runs on plain http in a closed network. */
function newTab(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** A tab that has the flow open, from `come` on. */
export function createAttending(tenant: number, flow: string): Attending {
  const tab = newTab();
  const store = createStore<AttendingState>(() => ({
    others: [],
    holder: null,
    mine: false,
    lost: false,
    revision: 0,
  }));
  let wished: Wish = 'read';
  let there = false;

  const take = ({ people, revision }: Attendance): void => {
    const self = people.find((each) => each.tab === tab);
    const others = people.filter((each) => each.tab !== tab);
    const holder = others.find((each) => each.editing) ?? null;
    store.setState(({ mine, lost }) => ({
      others,
      holder,
      revision,
      mine: self?.editing ?? false,
      lost: holder !== null && (lost || mine),
    }));
    if (holder) wished = 'read';
    // after a long silence the server has forgotten us
    if (!self && there) void ask(wished);
  };

  const ask = async (wish: Wish): Promise<boolean> => {
    const answer = AttendAnswer.safeParse(await say('attend', { tenant, flow, tab, wish }));
    if (!answer.success || 'error' in answer.data || !there) return false;
    // taken once: a line that breaks off later does not take it again from who has it then
    wished = wish === 'read' ? 'read' : 'edit';
    take(answer.data.attendance);
    return true;
  };

  return {
    tab,
    store,
    wish: ask,
    come: () => {
      there = true;
      const deaf = hear({
        opened: () => void ask(wished),
        heard: (event, message) => {
          if (event !== 'attendance') return;
          const told = Attendance.safeParse(message);
          if (told.success && told.data.flow === flow) take(told.data);
        },
      });
      void ask(wished);
      return () => {
        there = false;
        deaf();
        void say('leave', { tenant, flow, tab });
      };
    },
  };
}
