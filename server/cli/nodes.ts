import type { JsonObject } from '#runtime/json.ts';
import type { NodeManifest, Port } from '#runtime/node.ts';
import { packageOf } from '#runtime/package.ts';
import { type Command, CommandError } from './command.ts';
import { typedCatalog } from './given-plugins.ts';
import { tableLines } from './table.ts';

export const nodes: Command = {
  usage: '[TYPE] [--plugin PLACE] [--tenant N] [--json]',
  summary: 'Lists the nodes a flow can be made of, or one of them in detail with examples.',
  help: `
  TYPE        such as orders.write; left out, all are listed with the package they come with and their ports
  --plugin P  those of a plugin's folder or packed file too; repeat it
  --tenant N  those of the customer's installed plugins too
  --json      the nodes' manifests as JSON`,
  options: {
    plugin: { type: 'string', multiple: true },
    tenant: { type: 'string' },
    json: { type: 'boolean' },
  },
  words: [0, 1],
  run: async (typed, terminal) => {
    const [type] = typed.words;
    const manifests = (await typedCatalog(typed, terminal)).manifests();
    if (type === undefined) {
      if (typed.has('json')) terminal.out(JSON.stringify(manifests));
      else for (const line of listLines(manifests)) terminal.out(line);
      return 0;
    }
    const manifest = manifests.find((each) => each.type === type);
    if (!manifest) throw new CommandError(`there is no node "${type}"${nearest(type, manifests)}`);
    terminal.out(typed.has('json') ? JSON.stringify(manifest) : detail(manifest));
    return 0;
  },
};

const portText = ({ name, type, required }: Port): string => `${name}${required ? '' : '?'}: ${type}`;
const names = (ports: readonly Port[]): string => ports.map((port) => port.name).join(', ') || '-';

function listLines(manifests: readonly NodeManifest[]): string[] {
  const rows = [...manifests]
    .sort((a, b) => (a.type < b.type ? -1 : 1))
    .map((node) => [
      node.type,
      packageOf(node.feature),
      node.effect === 'none' ? '-' : node.effect,
      node.starts ? `starts (${node.starts})` : names(node.inputs),
      names(node.outputs),
      node.title.en,
    ]);
  return tableLines([['TYPE', 'PACKAGE', 'EFFECT', 'IN', 'OUT', 'TITLE'], ...rows]);
}

function nearest(type: string, manifests: readonly NodeManifest[]): string {
  const [head = ''] = type.split('.');
  const near = manifests.filter((each) => each.type.startsWith(`${head}.`)).map((each) => each.type);
  return near.length > 0 ? `; there are ${near.join(', ')}` : '; "weft nodes" lists them';
}

function configLines(config: JsonObject): string[] {
  const required = new Set(Array.isArray(config['required']) ? config['required'].map(String) : []);
  const fields = Object.entries((config['properties'] ?? {}) as Readonly<Record<string, JsonObject>>);
  return tableLines(
    fields.map(([name, field]) => {
      const kind = Array.isArray(field['enum']) ? field['enum'].join(' | ') : String(field['type'] ?? 'any');
      const value = field['default'] === undefined ? '' : `default ${JSON.stringify(field['default'])}`;
      return [`  ${name}${required.has(name) ? '' : '?'}`, kind, value, String(field['title'] ?? '')];
    }),
  );
}

function detail(node: NodeManifest): string {
  const lines = [
    `${node.type}  version ${node.version}`,
    `${node.title.en} / ${node.title.sv}`,
    node.summary.en,
    '',
    `Package     ${packageOf(node.feature)}`,
    `Effect      ${node.effect}`,
    ...(node.starts ? [`Starts by   ${node.starts}`] : []),
    `Connection  ${node.connection}`,
    ...(node.needs.length > 0 ? [`Needs       ${node.needs.join(', ')}`] : []),
    `In          ${node.inputs.map(portText).join(', ') || '-'}`,
    `Out         ${node.outputs.map(portText).join(', ') || '-'}${node.portsFrom ? `, and one for each of ${node.portsFrom}` : ''}`,
    '',
    'Config',
    ...(configLines(node.config).length > 0 ? configLines(node.config) : ['  none']),
  ];
  for (const { title, config, input, output } of node.examples) {
    lines.push('', `Example: ${title.en}`, `  config  ${JSON.stringify(config)}`);
    lines.push(`  in      ${JSON.stringify(input)}`, `  out     ${JSON.stringify(output)}`);
  }
  return lines.join('\n');
}
