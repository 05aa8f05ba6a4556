import { z } from 'zod';

export const Role = z.enum(['customer', 'customer-admin', 'kam', 'partner', 'support', 'admin']);
export type Role = z.infer<typeof Role>;

/** Somebody who belongs to a tenant. */
export const Member = z.strictObject({ id: z.uuid(), email: z.string(), name: z.string(), role: Role });
export type Member = z.infer<typeof Member>;
