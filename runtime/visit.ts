import { z } from 'zod';

/** How an administrator is in a tenant of others: only looking, or until then with the right to change things. */
export const Visit = z.strictObject({ until: z.number().nullable() });
export type Visit = z.infer<typeof Visit>;

/** PUT /tenants/:tenant/visit: the administrator says why and may change things for half an hour; answers a Visit. DELETE ends it. */
export const ConfirmVisit = z.strictObject({ reason: z.string().trim().min(5).max(500) });
