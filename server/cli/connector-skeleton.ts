/** A connector that signs in, says who it is and offers nothing yet, with its caller of the contract suite: text by path. */
export function skeletonOf(
  id: string,
  title: string,
  capabilities: readonly string[],
): Readonly<Record<string, string>> {
  const name = id.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return {
    [`nodes/connectors/${id}/connector.ts`]: connectorText(id, title, name, capabilities),
    [`nodes/connectors/${id}/fault.ts`]: faultText(title, name),
    [`test/contract/${id}.test.ts`]: testText(id, title, name),
  };
}

function connectorText(id: string, title: string, name: string, capabilities: readonly string[]): string {
  return `import { z } from 'zod';
import { defineConnector } from '#runtime/connector.ts';
import { label } from '#runtime/node.ts';
import { readAnswer } from '../answer.ts';
import { ${name}Fault } from './fault.ts';

const Settings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .meta(label('Address', 'Adress')),
});

const Secrets = z.strictObject({
  token: z.string().min(1).max(500).meta(label('API token', 'API-nyckel')),
});

const Account = z.looseObject({ name: z.string().min(1) });

const NOT_YET = {
  en: 'The connector to ${title} does not do this yet.',
  sv: 'Kopplingen till ${title} gör inte detta ännu.',
};

export const ${name} = defineConnector({
  id: '${id}',
  title: '${title}',
  kind: 'other',
  feature: 'orders',
  settings: Settings,
  secrets: Secrets,
  base: (settings) => settings.url,
  hosts: (settings) => [new URL(settings.url).host],
  authorize(request, { secrets }) {
    request.headers['authorization'] = \`Bearer \${secrets.token}\`;
  },
  fault: ${name}Fault,
  async ping(session) {
    const answer = await session.http({ method: 'GET', path: 'me' });
    return { label: readAnswer(Account, answer.body, 'account').name };
  },
  changes: [],
  offers: [],
  cannot: {
${capabilities.map((capability) => `    '${capability}': NOT_YET,`).join('\n')}
  },
});
`;
}

function faultText(title: string, name: string): string {
  return `import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { retryAfterMs } from '../answer.ts';

/** By status alone; add the system's own words and the field it names. */
export function ${name}Fault({ status, headers }: HttpResponse): FlowError {
  const message = \`${title} answered \${status}\`;
  const afterMs = retryAfterMs(headers);
  const options = { details: { status }, ...(afterMs === undefined ? {} : { afterMs }) };
  if (status === 429) return new RetryableError('TARGET_BUSY', message, { ...options, beforeWork: true });
  if (status >= 500 || status === 408) return new RetryableError('TARGET_DOWN', message, options);
  if (status === 401) return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, { details: { status } });
  if (status === 404 || status === 410) return new TerminalError('TARGET_NOT_FOUND', message, options);
  return new TerminalError('TARGET_REFUSED', message, options);
}
`;
}

function testText(id: string, title: string, name: string): string {
  return `import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ${name} } from '#nodes/connectors/${id}/connector.ts';
import { connectorContract } from './connector.ts';
import type { ContractSystem } from './subject.ts';

const TOKEN = 'token-of-the-stand-in';

/** A stand-in that knows one account; put ${title} itself, or a practice system, in its place. */
async function start(): Promise<ContractSystem> {
  const server = createServer((request, response) => {
    const known = request.headers.authorization === \`Bearer \${TOKEN}\`;
    const found = request.url === '/api/me';
    response.writeHead(known ? (found ? 200 : 404) : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known && found ? { name: 'Övningsbolaget AB' } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: \`http://127.0.0.1:\${(server.address() as AddressInfo).port}\`,
    settings: (origin) => ({ url: \`\${origin}/api\` }),
    secrets: { token: TOKEN },
    wrongSecrets: { token: 'token-of-somebody-else' },
    placeOrder: () => Promise.reject(new Error('place an order in ${title} here, past the connector')),
    count: {},
    change: {},
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

connectorContract({ connector: ${name}, start, lacks: {}, many: 1000 });
`;
}
