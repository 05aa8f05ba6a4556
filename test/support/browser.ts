import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';

/** The one without windows first: it draws with less work. */
const SYSTEM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

const FLAGS = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

/** The packed Chromium brings the libraries a bare machine lacks; they are for this browser only. */
async function packed(): Promise<Program> {
  const { default: pack, inflate } = await import('@sparticuz/chromium');
  const bin = fileURLToPath(new URL('../bin', import.meta.resolve('@sparticuz/chromium')));
  const path = await pack.executablePath(bin);
  await inflate(join(bin, 'al2023.tar.br'));
  const libraries = join(tmpdir(), 'al2023', 'lib');
  return {
    path,
    env: {
      LD_LIBRARY_PATH: [libraries, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':'),
      FONTCONFIG_PATH: process.env['FONTCONFIG_PATH'] ?? join(tmpdir(), 'fonts'),
    },
    flags: ['--headless=shell', '--no-zygote'],
  };
}

/** `CHROMIUM_PATH`, else the system's, else the packed one of the dev dependencies. */
async function findChromium(): Promise<Program> {
  const told = process.env['CHROMIUM_PATH'];
  if (told !== undefined && told !== '') {
    if (!existsSync(told)) throw new Error(`CHROMIUM_PATH names ${told}, which does not exist`);
    return { path: told, env: {}, flags: [] };
  }
  const path = SYSTEM.find((each) => existsSync(each));
  return path === undefined ? packed() : { path, env: {}, flags: [] };
}

export interface TestBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** How the reader's browser is set up. */
export interface Reader {
  readonly language?: 'sv-SE' | 'en-GB';
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** A real browser with an empty profile of its own, gone when it is closed. */
export async function openBrowser(reader: Reader = {}): Promise<TestBrowser> {
  const { path, env, flags } = await findChromium();
  const profile = await mkdtemp(join(tmpdir(), 'weft-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: path,
    headless: true,
    args: [...FLAGS, ...flags, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    env: { ...process.env, ...env },
    locale: reader.language ?? 'sv-SE',
    colorScheme: reader.theme ?? 'light',
    viewport: { width: reader.width ?? 1440, height: reader.height ?? 900 },
    timezoneId: 'Europe/Stockholm',
  });
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
