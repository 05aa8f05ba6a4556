import { FLOW_LIMITS } from '#runtime/flow.ts';

const KB = 1024;
const MB = 1024 * KB;

/** Everything a caller can have too much of, in one place; README's table is made of it. */
export const LIMITS = {
  /** Requests under /api and their bodies. */
  api: {
    bodyBytes: 2 * MB,
    /** Levels of lists and objects. */
    depth: 64,
    /** Values in all, keys with them: a flow of a thousand steps has some thirty thousand. */
    values: 100_000,
    /** A minute, of a person or a token. API_RATE sets another. */
    callerRate: 1200,
    /** A minute, of all of a customer's people and tokens. API_TENANT_RATE sets another. */
    tenantRate: 6000,
  },
  /** Deliveries to a webhook. */
  hook: {
    bodyBytes: MB,
    depth: 64,
    /** An order of a thousand rows has some forty thousand; reading many more would hold up everybody else. */
    values: 45_000,
    /** A minute, of one address. HOOK_RATE sets another. */
    rate: 60_000,
    /** Milliseconds that a caller waits for the answer of a flow that responds. */
    answerMs: 30_000,
  },
  /** The live line of a page. */
  socket: {
    messageBytes: 100_000,
    watches: 50,
    /** In ten seconds; ten times as many and the line is cut. */
    messages: 100,
  },
  flow: FLOW_LIMITS,
} as const;

const number = (value: number): string => value.toLocaleString('en');

/** Rows of README's table: what, how much, what is answered beyond. */
export function limitsTable(): readonly (readonly [what: string, most: string, beyond: string])[] {
  const { api, hook, socket, flow } = LIMITS;
  return [
    ['API calls of a person or token', `\`API_RATE\` (${number(api.callerRate)}) a minute`, '429, Retry-After'],
    ['API calls of a customer', `\`API_TENANT_RATE\` (${number(api.tenantRate)}) a minute`, '429, Retry-After'],
    [
      'deliveries to a webhook address',
      `\`HOOK_RATE\` (${number(hook.rate)}) a minute`,
      '429, Retry-After; nothing was stored',
    ],
    [
      'body of an API call',
      `${api.bodyBytes / MB} MB, ${api.depth} levels, ${number(api.values)} values`,
      '413, else 400',
    ],
    [
      'body of a delivery',
      `${hook.bodyBytes / MB} MB, ${hook.depth} levels, ${number(hook.values)} values`,
      '413, else 400',
    ],
    [
      'a flow',
      `${number(flow.nodes)} nodes, ${number(flow.wires)} wires, ${flow.groups} groups, ${flow.notes} notes`,
      '400',
    ],
    [
      'a page’s live line',
      `${socket.watches} watches, ${socket.messages} messages in 10 s of ${socket.messageBytes / 1000} kB`,
      '429, then cut',
    ],
  ];
}
