import { connections } from './connections.ts';
import { findings } from './findings.ts';
import { flows } from './flows.ts';
import { runs } from './runs.ts';
import { shell } from './shell.ts';

export const sv = { shell, flows, runs, connections, findings } as const;
