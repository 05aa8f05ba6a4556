import { z } from 'zod';
import { defineNode, label } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { allOrAny, Condition, Conditions, holds, MatchMode } from './condition.ts';
import { AnyValue, PortName } from './value.ts';

export const branch = defineNode({
  type: 'core.branch',
  version: 1,
  title: { en: 'Branch', sv: 'Förgrening' },
  summary: {
    en: 'Sends the value one way when the conditions hold and the other way when they do not.',
    sv: 'Skickar värdet åt ena hållet när villkoren gäller och åt andra hållet när de inte gör det.',
  },
  group: 'logic',
  icon: 'split',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({ match: MatchMode, conditions: Conditions }),
  inputs: { value: AnyValue },
  outputs: { true: AnyValue, false: AnyValue },
  portTitles: portTitles('value', 'true', 'false'),
  examples: [
    {
      title: { en: 'A paid order takes the true wire', sv: 'En betald order går ut som sann' },
      config: { conditions: [{ left: 'paid', operator: 'equals', right: 'paid' }] },
      input: { value: { number: '1042' } },
      output: { true: { number: '1042' } },
    },
    {
      title: { en: 'One of two conditions is enough', sv: 'Ett av två villkor räcker' },
      config: {
        match: 'any',
        conditions: [
          { left: 'NO', operator: 'equals', right: 'SE' },
          { left: 1250, operator: 'greater', right: '1000' },
        ],
      },
      input: { value: 1 },
      output: { true: 1 },
    },
    {
      title: { en: 'A value that is not there takes the false wire', sv: 'Ett värde som inte finns går ut som falskt' },
      config: { conditions: [{ operator: 'exists' }] },
      input: { value: 1 },
      output: { false: 1 },
    },
  ],
  run: ({ config, input }) =>
    allOrAny(config.conditions, config.match) ? { true: input.value } : { false: input.value },
});

const Case = z.strictObject({
  name: PortName.meta(label('Name of the way out', 'Utgångens namn')),
  ...Condition.shape,
});

/** The cases of a switch; their names become ports, so no two may be the same. */
const Cases = z
  .array(Case)
  .min(1)
  .max(40)
  .superRefine((cases, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of cases.entries()) {
      if (seen.has(name))
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `“${name}” is used twice` });
      seen.add(name);
    }
  })
  .meta(
    label('Cases, the first that holds is taken', 'Fall, det första som gäller tas', {
      en: 'Each case has a way out of its own; without any that holds it goes out through “Otherwise”.',
      sv: 'Varje fall har en egen utgång; gäller inget går det ut genom ”Annars”.',
    }),
  );

export const switchNode = defineNode({
  type: 'core.switch',
  version: 1,
  title: { en: 'Switch', sv: 'Växel' },
  summary: {
    en: 'Sends the value out through the first case that holds, or through otherwise.',
    sv: 'Skickar värdet ut genom det första fallet som gäller, annars genom otherwise.',
  },
  group: 'logic',
  icon: 'waypoints',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({ cases: Cases }),
  inputs: { value: AnyValue },
  outputs: { otherwise: AnyValue },
  portTitles: portTitles('value', 'otherwise'),
  portsFrom: 'cases',
  examples: [
    {
      title: { en: 'No case holds', sv: 'Inget fall gäller' },
      config: { cases: [{ name: 'delivered', left: 'open', operator: 'equals', right: 'delivered' }] },
      input: { value: 'open' },
      output: { otherwise: 'open' },
    },
    {
      title: { en: 'Several statuses share a way out', sv: 'Flera statusar delar en utgång' },
      config: {
        cases: [
          { name: 'done', left: 'delivered', operator: 'one-of', right: ['delivered', 'invoiced'] },
          { name: 'gone', left: 'delivered', operator: 'equals', right: 'cancelled' },
        ],
      },
      input: { value: { number: '7' } },
      output: { done: { number: '7' } },
    },
  ],
  run: ({ config, input }) => {
    const index = config.cases.findIndex((condition, at) => holds(condition, `cases[${at}]`));
    return { [config.cases[index]?.name ?? 'otherwise']: input.value };
  },
});

export const filter = defineNode({
  type: 'core.filter',
  version: 1,
  title: { en: 'Filter', sv: 'Filter' },
  summary: {
    en: 'Lets the value through when the conditions hold; otherwise what follows is skipped.',
    sv: 'Släpper igenom värdet när villkoren gäller; annars hoppas det som följer över.',
  },
  group: 'logic',
  icon: 'funnel',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({ match: MatchMode, conditions: Conditions }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  portTitles: portTitles('value'),
  examples: [
    {
      title: { en: 'Only orders to Sweden go on', sv: 'Bara ordrar till Sverige går vidare' },
      config: { conditions: [{ left: 'SE', operator: 'equals', right: 'SE' }] },
      input: { value: { number: '1042' } },
      output: { value: { number: '1042' } },
    },
    {
      title: { en: 'A test order stops here', sv: 'En testorder stannar här' },
      config: { conditions: [{ left: 'test@example.com', operator: 'lacks', right: 'test@' }] },
      input: { value: { number: '1043' } },
      output: {},
    },
  ],
  run: ({ config, input }) => (allOrAny(config.conditions, config.match) ? { value: input.value } : {}),
});
