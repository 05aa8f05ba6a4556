import { buildPage } from './adapters/page-build.ts';

/** `npm run build`: the page as `npm start` would build it, put in place whole and known to be fresh. */
await buildPage((line) => process.stdout.write(`${line}\n`));
