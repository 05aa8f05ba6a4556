import { connections } from './connections.ts';
import { flows } from './flows.ts';
import { runs } from './runs.ts';
import { shell } from './shell.ts';

export const en = { shell, flows, runs, connections } as const;
