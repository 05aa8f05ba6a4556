import { z } from 'zod';
import { ErrorAnswer } from './protocol.ts';

/** Who has a flow open to draw in it, and who edits it: what page and server say to each other on the live line. */

/** Read only, edit if nobody else does, or edit in place of whoever does. */
const Wish = z.enum(['read', 'edit', 'take']);
export type Wish = z.infer<typeof Wish>;

/** Socket, client to server, `attend`: a tab has the flow open. Said again to wish something else, and after every gap in contact. */
export const Attend = z.strictObject({ tenant: z.int(), flow: z.uuid(), tab: z.uuid(), wish: Wish });
export type Attend = z.infer<typeof Attend>;

/** Socket, client to server, `leave`: the tab has closed it. */
export const Leave = z.strictObject({ tenant: z.int(), flow: z.uuid(), tab: z.uuid() });
export type Leave = z.infer<typeof Leave>;

const Attendant = z.strictObject({ tab: z.uuid(), user: z.uuid(), name: z.string(), editing: z.boolean() });
export type Attendant = z.infer<typeof Attendant>;

/** Socket, server to client, event `attendance`: as it is now; `revision` is the stored draft's. */
export const Attendance = z.strictObject({
  flow: z.uuid(),
  revision: z.int(),
  people: z.array(Attendant),
});
export type Attendance = z.infer<typeof Attendance>;

/** Acknowledgement of `attend`. */
export const AttendAnswer = z.union([z.strictObject({ ok: z.literal(true), attendance: Attendance }), ErrorAnswer]);
