import { z } from 'zod';
import { defineNode, label } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { AnyValue } from './value.ts';

const start = `export default {
  run(input, ctx) {
    return input;
  },
};
`;

export const code = defineNode({
  type: 'core.code',
  version: 1,
  title: { en: 'Code', sv: 'Kod' },
  summary: {
    en: 'Runs your own JavaScript or TypeScript on the value, shut in where it can harm nothing.',
    sv: 'Kör din egen JavaScript eller TypeScript på värdet, inlåst där den inte kan skada något.',
  },
  group: 'transform',
  icon: 'square-code',
  feature: 'code',
  effect: 'none',
  literal: ['code'],
  config: z.strictObject({
    code: z
      .string()
      .min(1)
      .max(200_000)
      .default(start)
      .meta({
        ...label('Code', 'Kod', {
          en: 'Exports an object with run(input, ctx), or declares a function run. What it returns goes on.',
          sv: 'Exporterar ett objekt med run(input, ctx), eller deklarerar en funktion run. Det den returnerar går vidare.',
        }),
        contentMediaType: 'text/typescript',
      }),
    input: AnyValue.optional().meta(
      label('Input', 'Indata', {
        en: 'A binding, or an object of them. Empty: the value that came in.',
        sv: 'En bindning, eller ett objekt av bindningar. Tomt: värdet som kom in.',
      }),
    ),
  }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  portTitles: portTitles('value'),
  sandbox: (config) => ({
    program: { name: 'code', language: 'typescript', source: String(config['code'] ?? start) },
  }),
  examples: [
    {
      title: { en: 'The lines of an order, counted', sv: 'En orders rader, räknade' },
      config: { code: 'function run(order) {\n  return { ...order, count: order.lines.length };\n}\n' },
      input: { value: { number: '1042', lines: [{ sku: 'A1' }, { sku: 'A2' }] } },
      output: { value: { number: '1042', lines: [{ sku: 'A1' }, { sku: 'A2' }], count: 2 } },
    },
    {
      title: {
        en: 'Typed code; nothing returned, so what follows is skipped',
        sv: 'Typad kod; inget ges tillbaka, så det som följer hoppas över',
      },
      config: {
        code: 'export default {\n  run(order: { total: number }) {\n    if (order.total > 100) return order;\n  },\n};\n',
      },
      input: { value: { total: 50 } },
      output: {},
    },
  ],
  run: async ({ config, input, guest }) => {
    const value = await guest(config.input ?? input.value);
    return value === undefined ? {} : { value };
  },
});
