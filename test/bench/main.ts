import { parseArgs } from 'node:util';
import { stopAll } from './child.ts';
import { loopSuite } from './loop-suite.ts';
import { orderSuite } from './order-suite.ts';
import { sandboxSuite } from './sandbox-suite.ts';
import { serve } from './serve.ts';
import { suite } from './suite.ts';

const help = `npm run bench -- [--quick]
    Weft against bare Node doing the same work, by turns, each in a process of its own. Bars are judged by the exit code.
    --quick        under two minutes, for every change; the whole takes about eight

npm run bench -- orders [--quick]
    The demo order flow from the shop's webhook to its note, against a hand-written script that makes the same calls, and
    against itself with one node of a plugin.

npm run bench -- sandbox [--quick]
    Calls of customers' code in the sandbox, one by one and in batches, against isolated-vm in one process; 3 KB in, 2 KB out,
    a fresh context a call, watchdogs on.

npm run bench -- loops [--quick]
    Code that never ends in one flow: how much later the calls of other flows and other customers are answered.

npm run bench -- serve --sink URL [--port P] [--data-dir D] [--database URL] [--role all|web|worker] [--log LEVEL]
    Weft with flows at /hooks/bench/{a,a202,b,c0,c,f1,f20,loop,loop-later,ping}, for a load generator of your own;
    neighbour is f1 of another customer.
    --sink         where the flows post orders to: URL/erp
    --port         any free one unless told
    --data-dir     a temporary directory unless told
    --database     a PostgreSQL that runs already, in place of the embedded one
    --log          warn unless told
    Prints {"port","pid","dbPids"} when it is ready.

The last line of stdout is one JSON object.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    sink: { type: 'string' },
    'data-dir': { type: 'string' },
    database: { type: 'string' },
    role: { type: 'string', default: 'all' },
    log: { type: 'string', default: 'warn' },
    practice: { type: 'string' },
    'own-code': { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${help}`);
  process.exit(2);
}

async function startServer(): Promise<void> {
  const { sink, role, port } = values;
  if (sink === undefined || !URL.canParse(sink)) refuse('--sink must be a URL');
  if (role !== 'all' && role !== 'web' && role !== 'worker') refuse('--role must be all, web or worker');
  if (!/^\d{1,5}$/.test(port)) refuse('--port must be a number');
  await serve({
    port: Number(port),
    sink: sink.replace(/\/+$/, ''),
    role,
    dataDir: values['data-dir'],
    databaseUrl: values.database,
    log: values.log,
    practice: values.practice === undefined ? undefined : JSON.parse(values.practice),
    ownCode: values['own-code'],
  });
}

async function judge(work: Promise<{ readonly pass: boolean }>): Promise<void> {
  try {
    const result = await work;
    process.stdout.write(`${JSON.stringify(result)}\n`);
    process.exitCode = result.pass ? 0 : 1;
  } finally {
    await stopAll();
  }
}

const [command, ...rest] = positionals;
if (values.help) process.stdout.write(help);
else if (rest.length > 0) refuse(`${rest[0]} is not expected`);
else if (command === 'serve') await startServer();
else if (command === 'orders') await judge(orderSuite(values.quick));
else if (command === 'sandbox') await judge(sandboxSuite(values.quick));
else if (command === 'loops') await judge(loopSuite(values.quick));
else if (command === undefined) await judge(suite(values.quick));
else refuse(`there is no bench ${command}`);
