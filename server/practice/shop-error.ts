import type { z } from 'zod';
import { type Reply, VendorError } from './reply.ts';

/** A WordPress REST error; `data` holds what the vendor adds beside the status. */
export function shopError(status: number, code: string, message: string, data: object = {}): VendorError {
  return new VendorError(shopErrorReply(status, code, message, data));
}

export function shopErrorReply(status: number, code: string, message: string, data: object = {}): Reply {
  return { status, body: { code, message, data: { status, ...data } } };
}

/** Reads a body or query; refuses as WordPress does, with the wrong fields by name. */
export function readInput<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const params: Record<string, string> = {};
  for (const issue of parsed.error.issues) {
    const path = issue.path.map(String);
    const field = path.join('.') || 'body';
    params[field] = `${field}: ${issue.message}`;
  }
  const names = Object.keys(params).join(', ');
  throw shopError(400, 'rest_invalid_param', `Invalid parameter(s): ${names}`, { params });
}
