import { parseArgs } from 'node:util';
import { serve } from './serve.ts';

const help = `npm run bench -- [serve] [options]

  serve --sink URL [--port P] [--data-dir D]    Weft with the bench's flows at /hooks/bench/{a,a202,b,c0,c,ping}
        [--role all|web|worker] [--database URL] [--log level]
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
  },
});

if (values.help) process.stdout.write(help);
else if (positionals[0] === 'serve') {
  await serve({
    port: Number(values.port),
    sink: values.sink ?? '',
    role: values.role as 'all',
    dataDir: values['data-dir'],
    databaseUrl: values.database,
    log: values.log,
  });
}
