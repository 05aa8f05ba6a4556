import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { LIMITS } from './limits.ts';

/** Calls a minute that this process takes, each of one caller, customer or webhook address. */
export interface CallRates {
  readonly caller: number;
  readonly tenant: number;
  readonly hook: number;
}

/** Counts calls in this process; each method answers 0 when the call may be taken, else the seconds until the next may. */
export interface CallLimits {
  caller(id: string): Promise<number>;
  tenant(id: number): Promise<number>;
  hook(flow: string, trigger: string): Promise<number>;
}

const MINUTE = 60;

export const usualRates: CallRates = {
  caller: LIMITS.api.callerRate,
  tenant: LIMITS.api.tenantRate,
  hook: LIMITS.hook.rate,
};

function counter(points: number): (key: string | number) => Promise<number> {
  const limiter = new RateLimiterMemory({ points, duration: MINUTE });
  return async (key) => {
    try {
      await limiter.consume(key);
      return 0;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
    }
  };
}

/** Kept in memory: they protect the process, and a count in the database would cost more than most calls. */
export function createCallLimits(rates: CallRates): CallLimits {
  const [caller, tenant, hook] = [counter(rates.caller), counter(rates.tenant), counter(rates.hook)];
  return { caller, tenant, hook: (flow, trigger) => hook(`${flow} ${trigger}`) };
}
