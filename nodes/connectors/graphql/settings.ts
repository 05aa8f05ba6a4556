import { z } from 'zod';
import { label } from '#runtime/node.ts';
import { sections, sharedForms } from '../configured/shared-settings.ts';
import { WebAddress } from '../configured/sign-in.ts';
import { Template } from '../configured/template.ts';

/** What one request is made of. */
export const requestShape = {
  query: z
    .string()
    .min(1)
    .max(20_000)
    .meta(
      label('Query or mutation', 'Fråga eller mutation', {
        en: 'Written out; values go into variables, never into the text.',
        sv: 'Utskriven; värden går i variabler, aldrig i texten.',
      }),
    ),
  variables: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,80}$/), z.json())
    .optional()
    .meta(
      label('Variables', 'Variabler', {
        en: 'JSON with bindings, such as { "id": "{{ id }}" }.',
        sv: 'JSON med bindningar, till exempel { "id": "{{ id }}" }.',
      }),
    ),
};
export type GraphqlRequest = z.infer<z.ZodObject<typeof requestShape>>;

export const GraphqlSettings = z.strictObject({
  endpoint: WebAddress.meta({
    ...label('Address', 'Adress', {
      en: 'Such as https://shop.example.com/graphql.',
      sv: 'Till exempel https://shop.example.com/graphql.',
    }),
    ...sections.access,
  }),
  headers: z
    .record(
      z.string().regex(/^x-[a-z0-9-]{1,80}$/i, 'must begin with X-'),
      Template.refine((value) => !/[\r\n\0{]/.test(value), 'must be a fixed text'),
    )
    .optional()
    .meta({ ...label('Headers of every request', 'Huvuden i varje anrop'), ...sections.access }),
  ...sharedForms(requestShape, {
    message: '{{ body.errors[0].message }}',
    code: '{{ body.errors[0].extensions.code }}',
  }),
});
export type GraphqlSettings = z.output<typeof GraphqlSettings>;
