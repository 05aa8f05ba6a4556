import type { AnyNode } from '#runtime/node.ts';
import { branch, filter, switchNode } from './choice.ts';
import { code } from './code.ts';
import { log, respond, stop } from './flow-end.ts';
import { httpFetch, httpSend } from './http.ts';
import { collect, each } from './loop.ts';
import { map, set } from './map.ts';
import { manualTrigger, scheduleTrigger, webhookTrigger } from './starts.ts';
import { wait } from './wait.ts';

/** What every flow can use, whatever it carries; in the order of the palette. */
export const coreNodes: readonly AnyNode[] = [
  manualTrigger,
  webhookTrigger,
  scheduleTrigger,
  branch,
  switchNode,
  filter,
  each,
  collect,
  wait,
  stop,
  map,
  set,
  code,
  httpSend,
  httpFetch,
  respond,
  log,
];
