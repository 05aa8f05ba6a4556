import type { PluginNode } from '#runtime/plugin.ts';

const SIMPLE: Readonly<Record<string, string>> = { text: 'string', number: 'number', boolean: 'boolean', any: 'any' };

/** `Order[]` as TypeScript writes it; the commerce model's names are declared beside. */
function portType(type: string): string {
  const isList = type.endsWith('[]');
  const name = isList ? type.slice(0, -2) : type;
  const own = SIMPLE[name] ?? (/^[A-Z]\w*$/.test(name) ? name : 'any');
  return isList ? `${own}[]` : own;
}

const key = (name: string): string => JSON.stringify(name);

function configType({ config }: PluginNode): string {
  const fields = Object.entries(config.properties).map(([name, field]) => {
    const type =
      field.type === 'string' && field.enum
        ? field.enum.map((value) => JSON.stringify(value)).join(' | ')
        : ({ string: 'string', number: 'number', integer: 'number', boolean: 'boolean', any: 'any' } as const)[
            field.type
          ];
    const sure = field.default !== undefined || config.required.includes(name);
    return `${key(name)}${sure ? '' : '?'}: ${type};`;
  });
  return `{ ${fields.join(' ')} }`;
}

function runType(node: PluginNode): string {
  const ports = node.inputs.map(({ name, type, required }) => `${key(name)}${required ? '' : '?'}: ${portType(type)};`);
  const outputs = node.outputs.map(({ name, type }) => `${key(name)}?: ${portType(type)};`);
  return `{ run(input: { ${ports.join(' ')} config: ${configType(node)} }, ctx: WeftContext): WeftAnswer<{ ${outputs.join(' ')} }> }`;
}

const ANSWER = 'type WeftAnswer<Ports> = Ports | null | undefined | void | Promise<Ports | null | undefined | void>;';

/** Declarations that tell what `run` of each node is given and may answer, so that its author need not. */
export function pluginTypes(nodes: readonly PluginNode[]): string {
  const parts = nodes.map((node) => `  ${key(node.type)}: ${runType(node)};`);
  const [first] = nodes;
  return [
    ANSWER,
    `interface WeftPlugin {\n${parts.join('\n')}\n}`,
    'declare function $weft(plugin: WeftPlugin): unknown;',
    `declare function $weftOne(plugin: ${first ? runType(first) : 'unknown'}): unknown;`,
  ].join('\n');
}

/** The same for a step that holds its code itself: any value in, any value out. */
export const stepTypes = [
  ANSWER,
  'declare function $weftOne(code: { run(input: any, ctx: Pick<WeftContext, "log" | "now" | "idempotencyKey" | "links">): any }): unknown;',
  'declare function $weft(code: unknown): unknown;',
].join('\n');
