import type { LookupAddress, LookupAllOptions } from 'node:dns';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { FlowError } from '../../runtime/error.ts';
import { createFetchHttp, type FetchHttp } from '../../server/adapters/fetch-http.ts';
import { PUBLIC_PORTS } from '../../server/adapters/ssrf-guard.ts';

/** What came of the attempts to make the server call its own network. */
export interface SsrfReport {
  readonly cases: number;
  readonly contained: number;
  /** `case: what happened instead`. */
  readonly failed: readonly string[];
  /** Requests that reached the internal server without leave; anything but 0 is a breach. */
  readonly internalHits: number;
}

const PUBLIC = '93.184.216.34';
const NOWHERE = 'ENOTFOUND';

/** Names of the made-up world and what they resolve to; a list of lists is answered turn by turn, as a rebinding name server does. */
const names: Readonly<Record<string, readonly (readonly string[])[] | typeof NOWHERE>> = {
  'inside.test': [['127.0.0.1']],
  'mixed.test': [[PUBLIC, '127.0.0.1']],
  'mixed-last.test': [['127.0.0.1', PUBLIC]],
  'mapped.test': [['::ffff:127.0.0.1']],
  'six.test': [['::1']],
  'compatible.test': [['::127.0.0.1']],
  'nat64.test': [['64:ff9b::7f00:1']],
  'private.test': [['10.1.2.3']],
  'shared.test': [['100.64.1.1']],
  'unique-local.test': [['fd00::1']],
  'site-local.test': [['fec0::1']],
  'documentation.test': [['2001:db8::1']],
  'metadata.google.internal': [['169.254.169.254']],
  'azure.test': [['168.63.129.16']],
  'zero.test': [['0.0.0.0']],
  'broadcast.test': [['255.255.255.255']],
  'empty.test': [[]],
  'garbage.test': [['not an address']],
  'rebind.test': [['127.0.0.1'], [PUBLIC]],
  'localhost.': [['127.0.0.1']],
  localhost: [['127.0.0.1']],
  'foo.localhost': [['127.0.0.1']],
  'intranet.test': [['127.0.0.1']],
  'granted-metadata.test': [['169.254.169.254']],
  'nowhere.test': NOWHERE,
};

/** Addresses that mean this machine, its network or its cloud; `{port}` is the internal server's, which the port list lets through. */
const addresses = [
  'http://127.0.0.1:{port}/',
  'http://127.1:{port}/',
  'http://127.0.1:{port}/',
  'http://127.255.255.254:{port}/',
  'http://2130706433:{port}/',
  'http://0x7f000001:{port}/',
  'http://0x7f.1:{port}/',
  'http://0x7F.0x0.0x0.0x1:{port}/',
  'http://0177.0.0.1:{port}/',
  'http://017700000001:{port}/',
  'http://0177.0x0.1:{port}/',
  'http://127.0.0.1.:{port}/',
  'http://%31%32%37.0.0.1:{port}/',
  'http://①②⑦.⓪.⓪.①:{port}/',
  'http://127。0。0。1:{port}/',
  'http://0:{port}/',
  'http://0.0.0.0:{port}/',
  'http://[::]:{port}/',
  'http://[::1]:{port}/',
  'http://[0:0:0:0:0:0:0:1]:{port}/',
  'http://[::127.0.0.1]:{port}/',
  'http://[::ffff:127.0.0.1]:{port}/',
  'http://[::ffff:7f00:1]:{port}/',
  'http://[::ffff:0:127.0.0.1]:{port}/',
  'http://[64:ff9b::127.0.0.1]:{port}/',
  'http://[64:ff9b:1::7f00:1]:{port}/',
  'http://[2002:7f00:1::]:{port}/',
  'http://[2001:0:7f00:1::80ff:fffe]:{port}/',
  'http://[fe80::1%25eth0]:{port}/',
  'http://[fe80::1]:{port}/',
  'http://[fc00::1]:{port}/',
  'http://[fec0::1]:{port}/',
  'http://[ff02::1]:{port}/',
  'http://[100::1]:{port}/',
  'http://[2001:db8::1]:{port}/',
  'http://10.0.0.1:{port}/',
  'http://172.16.0.1:{port}/',
  'http://172.31.255.255:{port}/',
  'http://192.168.1.1:{port}/',
  'http://100.64.0.1:{port}/',
  'http://192.0.0.192:{port}/',
  'http://198.18.0.1:{port}/',
  'http://203.0.113.1:{port}/',
  'http://224.0.0.1:{port}/',
  'http://240.0.0.1:{port}/',
  'http://255.255.255.255:{port}/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://168.63.129.16/machine?comp=goalstate',
  'http://100.100.100.200/latest/meta-data/',
  'http://user:secret@127.0.0.1:{port}/',
  'http://example.com@127.0.0.1:{port}/',
  'http://127.0.0.1:{port}#@example.com/',
  'http://127.0.0.1:{port}\\@example.com/',
  'http:\\\\127.0.0.1:{port}\\',
  'https://127.0.0.1:{port}/',
  'file:///etc/passwd',
  'gopher://127.0.0.1:{port}/_FLUSHALL',
  'ftp://127.0.0.1:{port}/',
  'ws://127.0.0.1:{port}/',
  'data:text/plain,inside',
  'unix:/var/run/docker.sock',
  ...Object.keys(names)
    .filter((name) => !['intranet.test', 'granted-metadata.test', 'nowhere.test'].includes(name))
    .map((name) => `http://${name}:{port}/`),
];

function createLookup() {
  const turns = new Map<string, number>();
  return (
    hostname: string,
    _options: LookupAllOptions,
    callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
  ): void => {
    const known = names[hostname.toLowerCase()] ?? NOWHERE;
    if (known === NOWHERE) {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
      return;
    }
    const turn = turns.get(hostname) ?? 0;
    turns.set(hostname, turn + 1);
    const answers = known[turn % known.length] ?? [];
    callback(
      null,
      answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

async function listen(handler: http.RequestListener): Promise<{ port: number; close: () => Promise<void> }> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

/** Refused for good before anything was sent: what every hostile address must come to. */
const CONTAINED = new Set(['HOST_NOT_ALLOWED', 'CONFIG_INVALID', 'invalid URL']);

async function outcomeOf(
  door: FetchHttp,
  address: string,
  grants?: ReadonlySet<string>,
  headers: Record<string, string> = {},
): Promise<string> {
  const url = URL.parse(address);
  if (!url) return 'invalid URL';
  try {
    const signal = new AbortController().signal;
    const answer = await door.send({ url, method: 'GET', headers, body: undefined, timeoutMs: 3000, signal }, grants);
    return `answered ${answer.status} ${JSON.stringify(answer.body)}`;
  } catch (error) {
    return error instanceof FlowError ? error.code : String(error);
  }
}

/** Tries every case on the real door, with an internal server really listening. */
export async function attackWithAddresses(): Promise<SsrfReport> {
  let allowed = 0;
  let hits = 0;
  const internal = await listen((_request, response) => {
    hits += 1;
    response.end('INSIDE');
  });
  const redirector = await listen((request_, response) => {
    response.writeHead(Number(request_.url?.slice(1)), { location: `http://127.0.0.1:${internal.port}/` }).end();
  });
  const door = createFetchHttp({
    ports: [...PUBLIC_PORTS, internal.port, redirector.port],
    lookup: createLookup(),
    connectTimeoutMs: 500,
  });
  const failed: string[] = [];
  let cases = 0;
  const expect = (name: string, outcome: string, wanted: ReadonlySet<string>) => {
    cases += 1;
    if (!wanted.has(outcome)) failed.push(`${name}: ${outcome}`);
  };
  try {
    for (const template of addresses) {
      const address = template.replace('{port}', String(internal.port));
      expect(address, await outcomeOf(door, address), CONTAINED);
    }
    // A second resolution may say something else: what is checked must be what is dialled.
    for (let turn = 1; turn <= 4; turn++) {
      const outcome = await outcomeOf(door, `http://rebind.test:${internal.port}/`);
      expect(`rebind.test, resolved the ${turn}. time`, outcome, new Set(['HOST_NOT_ALLOWED', 'TARGET_DOWN']));
    }
    await attackGrants(door, internal.port, expect, () => {
      allowed += 1;
    });
    const redirects = new Set([`127.0.0.1:${redirector.port}`]);
    for (const status of [301, 302, 303, 307, 308]) {
      const outcome = await outcomeOf(door, `http://127.0.0.1:${redirector.port}/${status}`, redirects);
      expect(`a ${status} to an internal address is not followed`, outcome, new Set([`answered ${status} null`]));
    }
    await attackThroughProxy(internal.port, expect);
    const own = createFetchHttp({ lookup: createLookup(), connectTimeoutMs: 500 });
    for (const port of [22, 25, 2375, 5432, 6379, 9200, 11_211]) {
      expect(`port ${port} of a public host`, await outcomeOf(own, `http://${PUBLIC}:${port}/`), CONTAINED);
    }
    await own.close();
  } finally {
    await door.close();
    await internal.close();
    await redirector.close();
  }
  return { cases, contained: cases - failed.length, failed, internalHits: hits - allowed };
}

type Expect = (name: string, outcome: string, wanted: ReadonlySet<string>) => void;

async function attackGrants(door: FetchHttp, port: number, expect: Expect, allow: () => void): Promise<void> {
  const grants = new Set([`127.0.0.1:${port}`, `intranet.test:${port}`, 'granted-metadata.test:80']);
  for (const host of ['127.0.0.1', 'intranet.test']) {
    allow();
    expect(
      `${host} is reached by whoever has the grant`,
      await outcomeOf(door, `http://${host}:${port}/`, grants),
      new Set(['answered 200 "INSIDE"']),
    );
    expect(
      `${host}: the socket kept open by the grant's holder serves nobody else`,
      await outcomeOf(door, `http://${host}:${port}/`),
      CONTAINED,
    );
  }
  const others = new Set(['127.0.0.1:1', `localhost:${port}`]);
  expect(
    'a grant is for its own port and host alone',
    await outcomeOf(door, `http://127.0.0.1:${port}/`, others),
    CONTAINED,
  );
  expect(
    'no grant leads to the cloud’s keys',
    await outcomeOf(door, 'http://granted-metadata.test/', grants),
    CONTAINED,
  );
  for (const name of ['Host', 'hOsT', 'Transfer-Encoding', 'Connection', 'Content-Length']) {
    const outcome = await outcomeOf(door, `http://intranet.test:${port}/`, grants, { [name]: 'chunked' });
    expect(`the header ${name} cannot be set`, outcome, CONTAINED);
  }
}

async function attackThroughProxy(port: number, expect: Expect): Promise<void> {
  const variables = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
  const before = variables.map((name) => [name, process.env[name]] as const);
  for (const name of variables) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${port}`;
  const door = createFetchHttp({ ports: [port, ...PUBLIC_PORTS], lookup: createLookup(), connectTimeoutMs: 500 });
  try {
    const outcome = await outcomeOf(door, 'http://nowhere.test/');
    expect('a proxy named by the environment is not used', outcome, new Set(['TARGET_DOWN']));
  } finally {
    await door.close();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Control: how many of the addresses do reach an internal server when nobody guards the door. */
export async function attackWithoutGuard(): Promise<number> {
  let hits = 0;
  const internal = await listen((_request, response) => {
    hits += 1;
    response.end('INSIDE');
  });
  const agent = new Agent({ connect: { lookup: createLookup() as never, timeout: 300 } });
  try {
    // Other addresses in brackets lead nowhere from most machines and would only be waited for.
    const insider = /\/\/(?!\[(?!::ffff:[17])).*(127|2130706433|0x7f|017|①|\/0|inside|mixed|mapped|localhost|rebind)/i;
    for (const template of addresses.filter((address) => insider.test(address))) {
      const url = URL.parse(template.replace('{port}', String(internal.port)));
      if (url?.protocol !== 'http:') continue;
      await request(url, { dispatcher: agent, signal: AbortSignal.timeout(150) }).then(
        (answer) => answer.body.dump(),
        () => undefined,
      );
    }
  } finally {
    await agent.destroy();
    await internal.close();
  }
  return hits;
}
