import type { IncomingHttpHeaders } from 'node:http';
import express, { type RequestHandler } from 'express';
import { parseJsonText } from '../adapters/json-text.ts';
import { Refused } from '../adapters/refusal.ts';
import { LIMITS } from '../limits.ts';

/** Packed bodies are refused: no browser sends them, and a small one may unpack to a large one. */
const text = express.text({ type: 'application/json', limit: LIMITS.api.bodyBytes, inflate: false });

/** Reads JSON bodies and nothing else, and refuses what nests too deep or names a prototype. */
export const jsonBody: readonly RequestHandler[] = [
  text,
  (request, _response, next) => {
    const { body } = request;
    if (typeof body === 'string') request.body = parsed(body);
    else if (hasBody(request.headers))
      throw new Refused(400, 'INPUT_INVALID', 'the body must be application/json', { field: 'content-type' });
    else request.body = {};
    next();
  },
];

function parsed(body: string): unknown {
  if (body === '') return {};
  try {
    return parseJsonText(body, LIMITS.api);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    throw new Refused(400, 'INPUT_INVALID', `the body is not JSON that can be read: ${message.slice(0, 200)}`, {
      field: 'body',
    });
  }
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
