import { connections } from './connections.ts';
import { findings } from './findings.ts';
import { flows } from './flows.ts';
import { form } from './form.ts';
import { palette } from './palette.ts';
import { people } from './people.ts';
import { runs } from './runs.ts';
import { shell } from './shell.ts';
import { tables } from './tables.ts';
import { templates } from './templates.ts';
import { tokens } from './tokens.ts';
import { visit } from './visit.ts';
import { webhooks } from './webhooks.ts';

export const sv = {
  shell,
  flows,
  runs,
  connections,
  findings,
  tokens,
  form,
  people,
  visit,
  webhooks,
  templates,
  tables,
  palette,
} as const;
