import { z } from 'zod';
import { type OperationGroup, refusal } from './operation.ts';

export const HookTaken = z.strictObject({ run: z.uuid(), duplicate: z.literal(true).optional() });
export const Live = z.strictObject({ live: z.literal(true) });
export const Ready = z.strictObject({ ready: z.boolean() });

export const hookOperations: OperationGroup = {
  title: 'Webhooks',
  about: 'Where other systems tell Weft of changes, and where yours start flows.',
  operations: [
    {
      method: 'post',
      path: '/hooks/*token',
      summary: 'Deliver to a flow',
      description:
        'The body is any JSON, signed as the flow asks. 202 means that it is stored and will be carried out; a flow that responds answers with what its respond step says. 429 and 503 mean that nothing was stored: send it again after Retry-After.',
      access: 'anybody',
      answers: { 202: HookTaken },
      otherwise:
        'What the flow’s respond step says, any status and any JSON; 200 for a delivery that holds nothing to store, such as a ping.',
      refusals: [
        refusal(400, 'BODY_INVALID', 'the body cannot be read'),
        refusal(400, 'RECORD_MISSING', 'the body does not name its record'),
        refusal(401, 'SIGNATURE_INVALID', 'the signature does not fit the body'),
        refusal(404, 'HOOK_UNKNOWN', 'nothing listens at this address'),
        refusal(410, 'FLOW_OFF', 'the flow is switched off'),
        refusal(413, 'TOO_LARGE', 'the body is larger than it may be'),
        refusal(429, 'TOO_MANY_REQUESTS', 'more than this address takes; nothing was stored'),
        refusal(503, 'NOT_READY', 'nothing was stored; send it again'),
      ],
    },
  ],
};

export const serverOperations: OperationGroup = {
  title: 'Server',
  about: 'For whoever runs it, and this document.',
  operations: [
    { method: 'get', path: '/live', summary: 'Does the process breathe?', access: 'anybody', answers: { 200: Live } },
    {
      method: 'get',
      path: '/ready',
      summary: 'Can it take orders?',
      access: 'anybody',
      answers: { 200: Ready, 503: Ready },
    },
    {
      method: 'get',
      path: '/metrics',
      summary: 'Figures for Prometheus',
      description: 'Told to the machine itself, or for METRICS_TOKEN as bearer token.',
      access: 'anybody',
      answers: { 200: 'text/plain' },
      refusals: [refusal(403, 'NOT_ALLOWED', 'asked from elsewhere without the token')],
    },
    {
      method: 'get',
      path: '/api/openapi.json',
      summary: 'This document, for machines',
      access: 'anybody',
      answers: { 200: 'application/json' },
    },
    {
      method: 'get',
      path: '/api/docs',
      summary: 'This document, for people',
      access: 'anybody',
      answers: { 200: 'text/html' },
    },
    {
      method: 'get',
      path: '/api/docs.css',
      summary: 'How it looks',
      access: 'anybody',
      answers: { 200: 'text/css' },
    },
  ],
};
