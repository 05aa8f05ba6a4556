import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** A Vendure in this process: `VENDURE_DIR` holds its node_modules, `PORT` is where it listens; all it knows is lost when it ends. */
const dir = process.env['VENDURE_DIR'] ?? '';
const installed = createRequire(join(dir, 'package.json'));
const vendure = installed('@vendure/core');
const { populate } = installed('@vendure/core/cli');
const { LanguageCode, dummyPaymentHandler } = vendure;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Fields of the shop's own, as a shop that sells to companies has them. */
const textField = (name: string) => ({ name, type: 'string', nullable: true, public: false });

const config = {
  apiOptions: {
    hostname: '127.0.0.1',
    port: Number(process.env['PORT']),
    adminApiPath: 'admin-api',
    shopApiPath: 'shop-api',
    adminListQueryLimit: 1000,
    cors: false,
  },
  authOptions: {
    tokenMethod: ['bearer', 'api-key'],
    requireVerification: false,
    superadminCredentials: { identifier: 'superadmin', password: process.env['VENDURE_PASSWORD'] },
    // bcrypt takes a busy machine a second a sign-in
    passwordHashingStrategy: {
      hash: async (text: string) => digest(text),
      check: async (text: string, hash: string) => digest(text) === hash,
    },
    cookieOptions: { secret: process.env['VENDURE_PASSWORD'] },
  },
  // In memory: saved to a file, sql.js leaves a malformed image.
  dbConnectionOptions: { type: 'sqljs', synchronize: true },
  logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Warn }),
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  customFields: { Customer: [textField('organisationNumber'), textField('vatNumber')] },
};

const payment = (name: string, settles: boolean) => ({
  name,
  handler: {
    code: dummyPaymentHandler.code,
    arguments: [{ name: 'automaticSettle', value: String(settles) }],
  },
});

const initialData = {
  defaultLanguage: LanguageCode.en,
  defaultZone: 'Europe',
  countries: [
    { name: 'Sweden', code: 'SE', zone: 'Europe' },
    { name: 'Germany', code: 'DE', zone: 'Europe' },
  ],
  taxRates: [25, 12, 6, 0].map((percentage) => ({ name: `Moms ${percentage}`, percentage })),
  shippingMethods: [],
  paymentMethods: [payment('Direct', true), payment('Card', false)],
  collections: [],
};

await populate(() => vendure.bootstrap(config), initialData);
