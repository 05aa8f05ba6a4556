import { z } from 'zod';
import type { Json } from '#runtime/json.ts';

/** Any JSON value, for ports and bound settings: only its presence is checked, since what comes from a wire or a binding is JSON already. */
export const AnyValue = z.custom<Json>((value) => value !== undefined, 'is missing');

/** Name of a port that a person makes up (the cases of a switch). */
export const PortName = z
  .string()
  .regex(
    /^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/,
    'must start with a letter and hold only letters, digits, _ and -, at most 40 characters',
  )
  .refine((name) => !['constructor', 'failed', 'otherwise'].includes(name), 'is a reserved name');
