import { z } from 'zod';

/** What a person is. */
export const Role = z.enum(['customer', 'customer-admin', 'kam', 'partner', 'support', 'admin']);
export type Role = z.infer<typeof Role>;
