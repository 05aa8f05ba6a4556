import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The one version whose faults are known and mended; another one is not taken. */
const ISOLATED_VM = '7.0.1';
const OLDEST_NODE = 24;
const NOBODY = '65534';

const resolve = createRequire(import.meta.url).resolve;
const here = path.dirname(fileURLToPath(import.meta.url));

/** Why there can be no sandbox in this process; undefined when there can. */
export function sandboxLack(
  node = process.versions.node,
  version: () => string = installedVersion,
): string | undefined {
  if (Number.parseInt(node, 10) < OLDEST_NODE)
    return `the sandbox needs Node ${OLDEST_NODE} or newer, and this is ${node}`;
  try {
    const found = version();
    if (found !== ISOLATED_VM) return `the sandbox takes isolated-vm ${ISOLATED_VM} only, and ${found} is installed`;
  } catch {
    return `the sandbox needs isolated-vm ${ISOLATED_VM}, which is not installed`;
  }
  return undefined;
}

function installedVersion(): string {
  const file = resolve('isolated-vm/package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** How a sandbox process is started: what stands before Node, and what Node is told. */
export interface Enclosure {
  /** Said in the log. */
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Node's own arguments: no files but its own code, no processes, no workers; no network either from Node 26 on. */
function nodeArguments(closed: boolean): string[] {
  const readable = [
    path.join(here, 'sandbox-*'),
    path.join(here, '../../package.json'),
    // asked for by the loader of isolated-vm's binary
    '/etc/alpine-release',
    ...['isolated-vm', 'node-gyp-build', 'acorn', 'jsonata'].map((name) =>
      path.join(path.dirname(resolve(`${name}/package.json`)), '*'),
    ),
  ];
  return [
    '--no-node-snapshot',
    '--no-warnings',
    '--max-old-space-size=64',
    ...(closed ? ['--permission', '--allow-addons', ...readable.map((file) => `--allow-fs-read=${file}`)] : []),
    path.join(here, 'sandbox-child.ts'),
  ];
}

/** The ways to start one, strongest first; which of them the machine takes is found out by trying. */
export function enclosures(uid = process.getuid?.()): readonly Enclosure[] {
  const node = [process.execPath, ...nodeArguments(true)];
  const plain: Enclosure = { title: 'Node’s own permissions', command: process.execPath, args: nodeArguments(true) };
  if (process.platform !== 'linux') return [plain];
  const lowered = [
    'setpriv',
    '--no-new-privs',
    ...(uid === 0 ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
    '--',
  ];
  const alone = ['unshare', '--net', '--ipc', ...(uid === 0 ? [] : ['--user'])];
  const enclosed = (title: string, [command = '', ...args]: readonly string[]): Enclosure => ({ title, command, args });
  return [
    enclosed('no network, no rights, Node’s own permissions', [...alone, ...lowered, ...node]),
    enclosed('no network, Node’s own permissions', [...alone, ...node]),
    enclosed('no rights, Node’s own permissions', [...lowered, ...node]),
    plain,
  ];
}
