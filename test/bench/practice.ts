import { createServer } from 'node:http';
import express, { type RequestHandler } from 'express';
import { createPracticeErp } from '#server/practice/erp.ts';
import { createPracticeShop } from '#server/practice/shop.ts';
import { announce } from './line-out.ts';
import { practiceKeys } from './practice-keys.ts';

/** The practice shop and ERP as a process of their own, without a rate limit; GET /calls answers how often each call was made. */

const calls = new Map<string, number>();

/** Calls told apart by method and path, numbers and answers to them left out. */
const count: RequestHandler = (request, _response, next) => {
  const path = request.path.replace(/\/\d+/g, '/:id').replace(/(\/articles|\/customers)\/[^/]+$/, '$1/:id');
  const call = `${request.method} ${path}`;
  calls.set(call, (calls.get(call) ?? 0) + 1);
  next();
};

const shop = createPracticeShop({ dir: null, ...practiceKeys });
const erp = createPracticeErp({ dir: null, rate: null, ...practiceKeys });
const app = express();
app.get('/calls', (_request, response) => {
  response.json(Object.fromEntries(calls));
});
app.use('/practice', count);
app.use('/practice/shop', shop.router);
app.use('/practice/erp', erp.router);
const server = createServer(app);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => announce(server, { tokens: erp.issueTokens() }));
