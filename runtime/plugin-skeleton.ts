import type { JsonObject } from './json.ts';

/** A plugin to begin from, in its two parts; its examples hold. */
export interface PluginSkeleton {
  /** All but the code. */
  readonly about: JsonObject;
  readonly code: string;
}

/** A plugin that greets. */
export function pluginSkeleton(id: string, title: string): PluginSkeleton {
  const about = {
    id,
    version: '0.1.0',
    locales: {
      en: { title, summary: 'Says in one sentence what it is for.' },
      sv: { title, summary: 'Säger i en mening vad det är till för.' },
    },
    hosts: [],
    tables: {},
    nodes: [
      {
        type: `${id}.greet`,
        version: 1,
        title: { en: 'Greet', sv: 'Hälsa' },
        summary: { en: 'Greets by name.', sv: 'Hälsar med namn.' },
        icon: 'puzzle',
        effect: 'none',
        config: {
          properties: {
            greeting: { type: 'string', title: 'Greeting', titleSv: 'Hälsning', default: 'Hello' },
          },
        },
        inputs: [{ name: 'name', title: { en: 'Name', sv: 'Namn' }, type: 'text' }],
        outputs: [{ name: 'text', title: { en: 'Text', sv: 'Text' }, type: 'text' }],
      },
    ],
    examples: [
      { node: `${id}.greet`, title: 'A name', input: { name: 'Anna' }, output: { text: 'Hello Anna' } },
      {
        node: `${id}.greet`,
        title: 'Another greeting',
        config: { greeting: 'Hej' },
        input: { name: 'Anna' },
        output: { text: 'Hej Anna' },
      },
    ],
  };
  const code = `export default {
  '${id}.greet': {
    run(input: { name: string; config: { greeting: string } }) {
      return { text: \`\${input.config.greeting} \${input.name}\` };
    },
  },
};
`;
  return { about, code };
}
