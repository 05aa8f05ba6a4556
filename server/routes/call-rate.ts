import type { RequestHandler } from 'express';
import { Refused } from '../adapters/refusal.ts';
import type { CallLimits } from '../call-limits.ts';
import { personOf, tenantOf } from './access.ts';

function tooMany(whose: string, retryAfter: number): Refused {
  return new Refused(429, 'TOO_MANY_REQUESTS', `too many calls of this ${whose}; come again in ${retryAfter} s`, {
    retryAfter,
  });
}

/** After whoever calls is known: takes no more of one person or token than they may have. */
export function callerRate(calls: CallLimits): RequestHandler {
  return async (request, _response, next) => {
    const { id, token } = personOf(request);
    const wait = await calls.caller(token?.id ?? id);
    if (wait > 0) throw tooMany(token ? 'token' : 'person', wait);
    next();
  };
}

/** After the tenant is known to be the caller's: takes no more of it than it may have. */
export function tenantRate(calls: CallLimits): RequestHandler {
  return async (request, _response, next) => {
    const wait = await calls.tenant(tenantOf(request));
    if (wait > 0) throw tooMany('customer', wait);
    next();
  };
}
