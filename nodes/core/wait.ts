import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { defineNode, label, options } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { AnyValue } from './value.ts';

const MS = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;
const MOST_MS = 90 * MS.days;

export const wait = defineNode({
  type: 'core.wait',
  version: 1,
  title: { en: 'Wait', sv: 'Vänta' },
  summary: {
    en: 'Parks the run for a while, or until an instant, and then passes the value on; a restart does not shorten or lengthen it.',
    sv: 'Parkerar körningen en stund, eller till en tidpunkt, och skickar sedan värdet vidare; en omstart ändrar inte tiden.',
  },
  group: 'logic',
  icon: 'timer',
  feature: 'core',
  effect: 'none',
  control: 'wait',
  config: z
    .strictObject({
      amount: z
        .number()
        .min(0)
        .max(7_776_000)
        .optional()
        .meta(
          label('How long', 'Hur länge', {
            en: 'A number, counted in the unit below.',
            sv: 'Ett antal, räknat i enheten nedan.',
          }),
        ),
      unit: z
        .enum(['seconds', 'minutes', 'hours', 'days'])
        .default('minutes')
        .meta({
          ...label('Unit', 'Enhet', { en: 'What the number counts.', sv: 'Vad antalet räknar.' }),
          ...options({
            seconds: ['Seconds', 'Sekunder'],
            minutes: ['Minutes', 'Minuter'],
            hours: ['Hours', 'Timmar'],
            days: ['Days', 'Dagar'],
          }),
        }),
      until: z.iso
        .datetime({ offset: true })
        .optional()
        .meta(
          label('Until', 'Till', {
            en: 'An instant such as 2026-11-24T06:00:00+01:00, instead of a length.',
            sv: 'En tidpunkt som 2026-11-24T06:00:00+01:00, i stället för en längd.',
          }),
        ),
    })
    .superRefine(({ amount, until }, context) => {
      if ((amount === undefined) === (until === undefined)) {
        const message = amount === undefined ? 'say how long, or until when' : 'say how long or until when, not both';
        context.addIssue({ code: 'custom', path: ['amount'], message });
      }
    }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  portTitles: portTitles('value'),
  examples: [
    {
      title: {
        en: 'Half an hour, so that the customer can still change the order',
        sv: 'En halvtimme, så att kunden hinner ändra ordern',
      },
      config: { amount: 30, unit: 'minutes' },
      input: { value: { number: '1042' } },
      output: { value: { number: '1042' } },
    },
    {
      title: { en: 'Until six in the morning', sv: 'Till klockan sex på morgonen' },
      config: { until: '2026-11-24T06:00:00+01:00', unit: 'minutes' },
      input: { value: { number: '1042' } },
      output: { value: { number: '1042' } },
    },
  ],
  run: ({ config, now }) => {
    const until = config.until === undefined ? now + (config.amount ?? 0) * MS[config.unit] : Date.parse(config.until);
    if (until - now > MOST_MS) {
      const field = config.until === undefined ? 'amount' : 'until';
      throw new TerminalError('CONFIG_INVALID', `${field}: a run may wait 90 days at most`, { field });
    }
    return { until };
  },
});
