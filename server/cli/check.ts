import { z } from 'zod';
import { readyFlows } from '#nodes/index.ts';
import { check as problemsOf } from '#runtime/check.ts';
import { Package } from '#runtime/package.ts';
import type { Problem } from '#runtime/protocol.ts';
import { readFlow } from '#runtime/upgrade.ts';
import type { Command } from './command.ts';
import { about, readGivenJson, shaped } from './given-file.ts';
import { typedCatalog } from './given-plugins.ts';
import { tableLines } from './table.ts';

const Language = z.enum(['en', 'sv']);
type Language = z.infer<typeof Language>;

export const check: Command = {
  usage: 'FLOW.json [--package 100|200|400|800|premium] [--plugin PLACE] [--tenant N] [--lang en|sv] [--json]',
  summary: 'Tells everything that is wrong with a flow, without running it.',
  help: `
  FLOW.json     a flow as the editor exports it; - reads standard input
  --package P   the customer's package; premium unless told
  --plugin P    a plugin's folder or packed file, whose nodes the flow may use; repeat it
  --tenant N    the customer's installed plugins too
  --lang L      language of the sentences, en or sv; en unless told
  --json        one JSON object instead of a table

Connections are not looked up, since they belong to a customer. Exit code 1 when there is an error; warnings alone are 0.`,
  options: {
    package: { type: 'string' },
    plugin: { type: 'string', multiple: true },
    tenant: { type: 'string' },
    lang: { type: 'string' },
    json: { type: 'boolean' },
  },
  words: [1, 1],
  run: async (typed, terminal) => {
    const file = typed.words[0] ?? '-';
    const owned = shaped('--package', Package, (typed.text('package') ?? 'premium').toLowerCase());
    const lang = shaped('--lang', Language, typed.text('lang') ?? 'en');
    const json = await readGivenJson(file);
    const catalog = await typedCatalog(typed, terminal);
    const flow = about(file, () => readFlow(json, catalog));
    const problems = problemsOf(flow, {
      catalog,
      package: owned,
      connections: null,
      ready: readyFlows,
    });
    const errors = problems.filter((problem) => problem.severity === 'error').length;
    const warnings = problems.length - errors;
    if (typed.has('json')) terminal.out(JSON.stringify({ flow: flow.name, errors, warnings, problems }));
    else {
      for (const line of problemLines(problems, lang)) terminal.out(line);
      terminal.out(
        problems.length === 0 ? `${flow.name}: nothing wrong` : `${flow.name}: ${errors} errors, ${warnings} warnings`,
      );
    }
    return errors > 0 ? 1 : 0;
  },
};

/** A line a problem: how bad, where, which, and the sentence. */
export function problemLines(problems: readonly Problem[], lang: Language): string[] {
  return tableLines(
    problems.map(({ severity, step, field, wire, code, message }) => [
      severity,
      [step, field].filter(Boolean).join('.') || (wire === undefined ? 'flow' : `wire ${wire + 1}`),
      code,
      message[lang],
    ]),
  );
}
