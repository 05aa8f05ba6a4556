import { z } from 'zod';

/** Any JSON value, as it crosses a port, a wire or the database. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export const Json: z.ZodType<Json> = z.json();

/** A JSON object with unknown keys: a node's config before its own schema has read it, the `extra` of a record. */
export type JsonObject = { readonly [key: string]: Json };
export const JsonObject: z.ZodType<JsonObject> = z.record(z.string(), Json);
