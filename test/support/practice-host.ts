import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createPracticeErp, type PracticeErp, type PracticeErpOptions } from '#server/practice/erp.ts';
import { createPracticeShop, type PracticeShop, type PracticeShopOptions } from '#server/practice/shop.ts';

/** Both practice systems behind a real HTTP server on a free port, for one test file. */
export interface PracticeHost {
  shop: PracticeShop;
  erp: PracticeErp;
  /** `http://127.0.0.1:port` */
  origin: string;
  /** `…/wp-json/wc/v3` */
  shopApi: string;
  /** `…/practice/erp`; the API is under `/3`. */
  erpApi: string;
  keys: typeof practiceKeys;
  close(): Promise<void>;
}

export const practiceKeys = {
  consumerKey: 'ck_practice',
  consumerSecret: 'cs_practice',
  clientId: 'client-practice',
  clientSecret: 'secret-practice',
  controlKey: 'control-practice',
};

export interface PracticeHostOptions {
  dir?: string | null;
  shop?: Partial<PracticeShopOptions>;
  erp?: Partial<PracticeErpOptions>;
}

/** Without further options: in memory, no rate limit, no faults. */
export async function startPracticeHost({
  dir = null,
  shop = {},
  erp = {},
}: PracticeHostOptions = {}): Promise<PracticeHost> {
  const practiceShop = createPracticeShop({ dir, ...practiceKeys, ...shop });
  const practiceErp = createPracticeErp({ dir, rate: null, ...practiceKeys, ...erp });
  const app = express();
  app.use('/practice/shop', practiceShop.router);
  app.use('/practice/erp', practiceErp.router);
  const server = createServer(app);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    shop: practiceShop,
    erp: practiceErp,
    origin,
    shopApi: `${origin}/practice/shop/wp-json/wc/v3`,
    erpApi: `${origin}/practice/erp`,
    keys: practiceKeys,
    async close() {
      await practiceShop.close();
      await practiceErp.close();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The Basic header of the practice shop's keys. */
export function shopSignIn(): string {
  return `Basic ${Buffer.from(`${practiceKeys.consumerKey}:${practiceKeys.consumerSecret}`).toString('base64')}`;
}
