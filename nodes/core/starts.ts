import { Cron } from 'croner';
import { z } from 'zod';
import { defineNode, label, options, TriggerPayload } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { AnyValue } from './value.ts';

export const manualTrigger = defineNode({
  type: 'core.manual',
  version: 1,
  title: { en: 'Start by hand', sv: 'Starta för hand' },
  summary: {
    en: 'Starts a run when a person asks for it, with the JSON the person gives.',
    sv: 'Startar en körning när någon ber om det, med den JSON som personen anger.',
  },
  group: 'triggers',
  icon: 'play',
  feature: 'core',
  effect: 'none',
  starts: { by: 'manual' },
  config: z.strictObject({}),
  inputs: { payload: TriggerPayload },
  outputs: { body: AnyValue },
  portTitles: portTitles('payload', 'body'),
  examples: [
    {
      title: { en: 'What the person gave goes on as it is', sv: 'Det som personen gav går vidare som det är' },
      config: {},
      input: { payload: { via: 'manual', id: '1', topic: 'manual', body: { number: '1042' } } },
      output: { body: { number: '1042' } },
    },
    {
      title: { en: 'Nothing given is an empty value', sv: 'Inget angivet är ett tomt värde' },
      config: {},
      input: { payload: { via: 'manual', id: '2', topic: 'manual', body: null } },
      output: { body: null },
    },
  ],
  run: ({ input }) => ({ body: input.payload.body }),
});

export const webhookTrigger = defineNode({
  type: 'core.webhook',
  version: 1,
  title: { en: 'Webhook', sv: 'Webhook' },
  summary: {
    en: 'Starts a run for every call to the flow’s own address; the call is stored before it is answered.',
    sv: 'Startar en körning för varje anrop till flödets egen adress; anropet lagras innan det besvaras.',
  },
  group: 'triggers',
  icon: 'webhook',
  feature: 'generic-http',
  effect: 'none',
  starts: { by: 'webhook' },
  unsigned: { field: 'signature', value: 'none' },
  config: z.strictObject({
    signature: z
      .enum(['hmac-sha256', 'none'])
      .default('hmac-sha256')
      .meta({
        ...label('Signature', 'Signatur', {
          en: 'An unsigned webhook is told apart from others by its long, secret address alone.',
          sv: 'En osignerad webhook skyddas bara av sin långa, hemliga adress.',
        }),
        ...options({
          'hmac-sha256': ['Signed (HMAC-SHA256)', 'Signerad (HMAC-SHA256)'],
          none: ['Unsigned', 'Osignerad'],
        }),
      }),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,80}$/, 'must be a header name')
      .default('X-Weft-Signature')
      .meta(
        label('Signature header', 'Huvud med signaturen', {
          en: 'The header that carries the HMAC-SHA256 of the raw body.',
          sv: 'Huvudet som bär HMAC-SHA256 av den råa kroppen.',
        }),
      ),
    encoding: z
      .enum(['hex', 'base64'])
      .default('hex')
      .meta(
        label('Signature written as', 'Signaturen skrivs som', {
          en: 'How the caller writes the signature; its documentation says.',
          sv: 'Hur avsändaren skriver signaturen; det står i dess dokumentation.',
        }),
      ),
    recordId: z
      .string()
      .max(200)
      .optional()
      .meta(
        label('Field with the record’s id', 'Fält med postens id', {
          en: 'A path such as order.id: calls about the same record run one at a time, in order of arrival.',
          sv: 'En sökväg som order.id: anrop om samma post körs ett i taget, i den ordning de kom.',
        }),
      ),
  }),
  inputs: { payload: TriggerPayload },
  outputs: { body: AnyValue, id: z.string() },
  portTitles: portTitles('payload', 'body', 'id'),
  examples: [
    {
      title: { en: 'The body of the call goes on', sv: 'Anropets kropp går vidare' },
      config: {},
      input: { payload: { via: 'webhook', id: '1042', topic: 'call', body: { number: '1042' } } },
      output: { body: { number: '1042' }, id: '1042' },
    },
    {
      title: {
        en: 'A caller that signs in base64 under its own header',
        sv: 'En avsändare som signerar i base64 under ett eget huvud',
      },
      config: { signature: 'hmac-sha256', header: 'X-Shop-Signature', encoding: 'base64' },
      input: { payload: { via: 'webhook', id: '7', topic: 'call', body: [1, 2] } },
      output: { body: [1, 2], id: '7' },
    },
  ],
  run: ({ input }) => ({ body: input.payload.body, id: input.payload.id }),
});

/** What is wrong with a five-field cron line in a time zone; undefined when nothing is. */
function cronFault(cron: string, timeZone: string): string | undefined {
  try {
    const next = new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true }).nextRun();
    return next ? undefined : 'never comes round';
  } catch (error) {
    return error instanceof Error ? error.message : 'cannot be read';
  }
}

export const scheduleTrigger = defineNode({
  type: 'core.schedule',
  version: 1,
  title: { en: 'Schedule', sv: 'Schema' },
  summary: {
    en: 'Starts a run at set times, once however many servers there are.',
    sv: 'Startar en körning på bestämda tider, en gång hur många servrar det än finns.',
  },
  group: 'triggers',
  icon: 'calendar-clock',
  feature: 'core',
  effect: 'none',
  starts: { by: 'schedule' },
  config: z
    .strictObject({
      cron: z
        .string()
        .trim()
        .max(120)
        .meta(
          label('Times', 'Tider', {
            en: 'Minute, hour, day, month, weekday: 0 6 * * 1-5 is six o’clock on weekdays.',
            sv: 'Minut, timme, dag, månad, veckodag: 0 6 * * 1-5 är klockan sex på vardagar.',
          }),
        ),
      timeZone: z
        .string()
        .max(60)
        .default('Europe/Stockholm')
        .meta(
          label('Time zone', 'Tidszon', {
            en: 'Whose clock the times are of, such as Europe/Stockholm.',
            sv: 'Vems klocka tiderna gäller, till exempel Europe/Stockholm.',
          }),
        ),
    })
    .superRefine(({ cron, timeZone }, context) => {
      const fault = cronFault(cron, timeZone);
      if (fault) context.addIssue({ code: 'custom', path: ['cron'], message: `“${cron}” in ${timeZone}: ${fault}` });
    }),
  inputs: { payload: TriggerPayload },
  outputs: { firedAt: z.iso.datetime() },
  portTitles: portTitles('payload', 'firedAt'),
  examples: [
    {
      title: { en: 'Every quarter of an hour', sv: 'Varje kvart' },
      config: { cron: '*/15 * * * *' },
      input: { payload: { via: 'schedule', id: '2026-11-23T09:15:00.000Z', topic: 'schedule', body: null } },
      output: { firedAt: '2026-11-23T09:15:00.000Z' },
    },
    {
      title: { en: 'Weekdays at six in Helsinki', sv: 'Vardagar klockan sex i Helsingfors' },
      config: { cron: '0 6 * * 1-5', timeZone: 'Europe/Helsinki' },
      input: { payload: { via: 'schedule', id: '2026-11-23T04:00:00.000Z', topic: 'schedule', body: null } },
      output: { firedAt: '2026-11-23T04:00:00.000Z' },
    },
  ],
  // The id of a scheduled run is the instant it was due, so that two servers make the same run.
  run: ({ input, now }) => ({
    firedAt: z.iso.datetime().safeParse(input.payload.id).data ?? new Date(now).toISOString(),
  }),
});
