import { parseArgs } from 'node:util';
import { editorSuite } from './suite.ts';

const HELP = `npm run bench:editor -- [--quick] [--profile FOLDER]
    The editor of a flow of 1,000 steps and 1,500 wires beside a bare React Flow page of the same size (sized nodes, only the
    visible ones drawn), by turns in one browser: time until everything stands there, frames while one pans, zooms and drags,
    the same with 200 live statuses a second. Medians of the rounds' ratios are judged by the exit code: at least 0.9 of the
    bare page's frames, at most 1.5 of its time.
    --quick        three rounds; nine otherwise, about four minutes
    --profile      also writes CPU profiles of both pages there, which a browser's tools open

The last line of stdout is one JSON object.
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const result = await editorSuite(values.quick ? 3 : 9, values.profile);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = result.pass ? 0 : 1;
}
