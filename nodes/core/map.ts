import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { defineNode, label, options } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { FieldPath, withFields } from './field-path.ts';
import { AnyValue } from './value.ts';

const Field = z.strictObject({
  to: FieldPath.meta(
    label('Field', 'Fält', {
      en: 'Such as customer.email, lines[0].sku, or tags[] to add to a list.',
      sv: 'Till exempel customer.email, lines[0].sku, eller tags[] för att lägga till i en lista.',
    }),
  ),
  value: AnyValue.optional().meta(
    label('Value', 'Värde', {
      en: 'A fixed value or a binding; when the binding finds nothing, the field is left out. A list can be made entry by entry.',
      sv: 'Ett fast värde eller en bindning; när bindningen inte hittar något utelämnas fältet. En lista kan göras post för post.',
    }),
  ),
});

function isRecord(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseNonRecord(value: Json): void {
  if (!isRecord(value)) throw new TerminalError('INPUT_INVALID', 'value must be an object', { field: 'value' });
}

export const map = defineNode({
  type: 'core.map',
  version: 1,
  title: { en: 'Map fields', sv: 'Mappa fält' },
  summary: {
    en: 'Builds a new record, field by field, from what came in.',
    sv: 'Bygger en ny post, fält för fält, av det som kom in.',
  },
  group: 'transform',
  icon: 'replace',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({
    start: z
      .enum(['empty', 'input'])
      .default('empty')
      .meta({
        ...label('Start from', 'Utgå från', {
          en: 'Whether the fields make a new record or are added to the one that came in.',
          sv: 'Om fälten blir en ny post eller läggs till den som kom in.',
        }),
        ...options({
          empty: ['Nothing: only the fields below', 'Inget: bara fälten nedan'],
          input: ['All that came in, with the fields below on top', 'Allt som kom in, med fälten nedan ovanpå'],
        }),
      }),
    fields: z
      .array(Field)
      .max(500)
      .meta(
        label('Fields', 'Fält', {
          en: 'Each has a name and the value it gets.',
          sv: 'Vart och ett har ett namn och värdet det får.',
        }),
      ),
  }),
  inputs: { value: AnyValue },
  outputs: { record: AnyValue },
  portTitles: portTitles('value', 'record'),
  examples: [
    {
      title: { en: 'A new record with fields inside each other', sv: 'En ny post med fält inuti varandra' },
      config: {
        fields: [
          { to: 'OrderNumber', value: '1042' },
          { to: 'Customer.Email', value: 'anna@example.com' },
          { to: 'Rows[0].ArticleNumber', value: 'A1' },
          { to: 'Rows[0].Quantity', value: 2 },
          { to: 'Tags[]', value: 'web' },
        ],
      },
      input: { value: { number: '1042' } },
      output: {
        record: {
          OrderNumber: '1042',
          Customer: { Email: 'anna@example.com' },
          Rows: [{ ArticleNumber: 'A1', Quantity: 2 }],
          Tags: ['web'],
        },
      },
    },
    {
      title: {
        en: 'What came in, with one field more; a field without a value is left out',
        sv: 'Det som kom in med ett fält till; ett fält utan värde utelämnas',
      },
      config: { start: 'input', fields: [{ to: 'country', value: 'SE' }, { to: 'phone' }] },
      input: { value: { number: '1042' } },
      output: { record: { number: '1042', country: 'SE' } },
    },
  ],
  run: ({ config, input }) => {
    if (config.start === 'input') refuseNonRecord(input.value);
    return { record: withFields(config.start === 'input' ? input.value : {}, config.fields) };
  },
});

export const set = defineNode({
  type: 'core.set',
  version: 1,
  title: { en: 'Set fields', sv: 'Sätt fält' },
  summary: {
    en: 'Passes the record on with some fields set or changed.',
    sv: 'Skickar posten vidare med några fält satta eller ändrade.',
  },
  group: 'transform',
  icon: 'pencil-line',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({
    fields: z
      .array(Field)
      .min(1)
      .max(100)
      .meta(
        label('Fields', 'Fält', {
          en: 'Each has a name and the value it gets.',
          sv: 'Vart och ett har ett namn och värdet det får.',
        }),
      ),
  }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  portTitles: portTitles('value'),
  examples: [
    {
      title: { en: 'A field inside another', sv: 'Ett fält inuti ett annat' },
      config: { fields: [{ to: 'delivery.method', value: 'pickup' }] },
      input: { value: { number: '1042', delivery: { country: 'SE' } } },
      output: { value: { number: '1042', delivery: { country: 'SE', method: 'pickup' } } },
    },
    {
      title: { en: 'Another line is added', sv: 'En rad till läggs till' },
      config: { fields: [{ to: 'lines[]', value: { sku: 'FREIGHT' } }] },
      input: { value: { lines: [{ sku: 'A1' }] } },
      output: { value: { lines: [{ sku: 'A1' }, { sku: 'FREIGHT' }] } },
    },
  ],
  run: ({ config, input }) => {
    refuseNonRecord(input.value);
    return { value: withFields(input.value, config.fields) };
  },
});
