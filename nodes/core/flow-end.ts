import { z } from 'zod';
import { JsonObject } from '#runtime/json.ts';
import { defineNode, label, options } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { AnyValue } from './value.ts';

export const respond = defineNode({
  type: 'core.respond',
  version: 1,
  title: { en: 'Respond', sv: 'Svara' },
  summary: {
    en: 'Answers the caller of the webhook; the caller waits at most 30 seconds for it, and a repeat gets the same answer.',
    sv: 'Svarar den som anropade webhooken; anroparen väntar högst 30 sekunder, och ett upprepat anrop får samma svar.',
  },
  group: 'action',
  icon: 'reply',
  feature: 'generic-http',
  effect: 'none',
  control: 'respond',
  config: z.strictObject({
    status: z
      .int()
      .min(200)
      .max(599)
      .default(200)
      .meta(
        label('Status', 'Status', {
          en: 'The HTTP status of the answer: 200 is fine, 400 and up an error.',
          sv: 'Svarets HTTP-status: 200 är bra, 400 och uppåt ett fel.',
        }),
      ),
    body: AnyValue.optional().meta(
      label('Body', 'Kropp', {
        en: 'Sent as JSON. Empty: the value that came in.',
        sv: 'Skickas som JSON. Tomt: värdet som kom in.',
      }),
    ),
  }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  portTitles: portTitles('value'),
  examples: [
    {
      title: { en: 'The value itself is the answer', sv: 'Värdet självt är svaret' },
      config: {},
      input: { value: { ok: true } },
      output: { status: 200, body: { ok: true }, value: { ok: true } },
    },
    {
      title: { en: 'Another status and body; the value goes on', sv: 'En annan status och kropp; värdet går vidare' },
      config: { status: 201, body: { id: '1042' } },
      input: { value: { number: '1042', lines: [] } },
      output: { status: 201, body: { id: '1042' }, value: { number: '1042', lines: [] } },
    },
  ],
  run: ({ config, input }) => ({
    status: config.status,
    body: config.body === undefined ? input.value : config.body,
    value: input.value,
  }),
});

export const log = defineNode({
  type: 'core.log',
  version: 1,
  title: { en: 'Log', sv: 'Logga' },
  summary: {
    en: 'Writes a line into the run’s log and passes the value on.',
    sv: 'Skriver en rad i körningens logg och skickar värdet vidare.',
  },
  group: 'action',
  icon: 'notebook-pen',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({
    message: z
      .string()
      .min(1)
      .max(2000)
      .meta(
        label('Message', 'Meddelande', {
          en: 'Stands in the run’s log; may hold values such as {{ value.number }}.',
          sv: 'Står i körningens logg; får innehålla värden som {{ value.number }}.',
        }),
      ),
    data: JsonObject.optional().meta(
      label('Facts beside it', 'Uppgifter intill', {
        en: 'Names and values that are shown beside the message.',
        sv: 'Namn och värden som visas intill meddelandet.',
      }),
    ),
  }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  portTitles: portTitles('value'),
  examples: [
    {
      title: { en: 'A line with the order’s number', sv: 'En rad med orderns nummer' },
      config: { message: 'Order 1042 is a pickup order' },
      input: { value: { number: '1042' } },
      output: { value: { number: '1042' } },
    },
    {
      title: { en: 'Facts beside the line', sv: 'Uppgifter intill raden' },
      config: { message: 'Large order', data: { total: 125000 } },
      input: { value: 1 },
      output: { value: 1 },
    },
  ],
  run: ({ config, input, note }) => {
    note(config.message, config.data);
    return { value: input.value };
  },
});

export const stop = defineNode({
  type: 'core.stop',
  version: 1,
  title: { en: 'Stop', sv: 'Stopp' },
  summary: {
    en: 'Ends the run here, as succeeded or as failed, with a reason.',
    sv: 'Avslutar körningen här, som lyckad eller misslyckad, med ett skäl.',
  },
  group: 'logic',
  icon: 'octagon-x',
  feature: 'core',
  effect: 'none',
  control: 'stop',
  config: z.strictObject({
    outcome: z
      .enum(['succeeded', 'failed'])
      .default('failed')
      .meta({
        ...label('The run counts as', 'Körningen räknas som', {
          en: 'A failed run stands under To fix; a done one does not.',
          sv: 'En körning med fel står under Att åtgärda; en klar gör det inte.',
        }),
        ...options({ succeeded: ['Done', 'Klar'], failed: ['Failed', 'Fel'] }),
      }),
    message: z
      .string()
      .min(1)
      .max(2000)
      .meta({
        ...label('Reason', 'Skäl', { en: 'Said wherever the run is shown.', sv: 'Står överallt där körningen visas.' }),
        multiline: true as const,
      }),
  }),
  inputs: { value: AnyValue },
  outputs: {},
  portTitles: portTitles('value'),
  examples: [
    {
      title: { en: 'An order that must not go on', sv: 'En order som inte får gå vidare' },
      config: { message: 'Order 1042 has no delivery address' },
      input: { value: 1 },
      output: { outcome: 'failed', message: 'Order 1042 has no delivery address' },
    },
    {
      title: { en: 'Nothing left to do', sv: 'Inget kvar att göra' },
      config: { outcome: 'succeeded', message: 'A test order' },
      input: { value: 1 },
      output: { outcome: 'succeeded', message: 'A test order' },
    },
  ],
  run: ({ config }) => ({ outcome: config.outcome, message: config.message }),
});
