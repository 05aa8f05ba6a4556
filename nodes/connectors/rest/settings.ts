import { z } from 'zod';
import { label } from '#runtime/node.ts';
import { sections, sharedForms } from '../configured/shared-settings.ts';
import { HeaderName, WebAddress } from '../configured/sign-in.ts';
import { Template } from '../configured/template.ts';

/** Headers that the host, the form of bodies or the way of signing in sets. */
const KEPT_BACK = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'keep-alive',
  'authorization',
  'proxy-authorization',
  'cookie',
]);

export const Headers = z
  .record(
    HeaderName.refine((name) => !KEPT_BACK.has(name.toLowerCase()), 'is set by the sign-in or by Weft'),
    Template.refine((value) => !/[\r\n\0]/.test(value), 'may not hold line breaks'),
  )
  .optional();

const Query = z.record(z.string().min(1).max(200), z.union([Template, z.number(), z.boolean()])).optional();

/** What one request is made of. */
export const requestShape = {
  method: z
    .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
    .optional()
    .meta(label('Method', 'Metod', { en: 'Empty: the usual one.', sv: 'Tomt: den vanliga.' })),
  path: Template.meta(
    label('Path', 'Sökväg', {
      en: 'Below the base address, such as orders/{{ id }}; values are encoded.',
      sv: 'Under basadressen, till exempel orders/{{ id }}; värden kodas.',
    }),
  ),
  query: Query.meta(label('Query', 'Frågeparametrar')),
  headers: Headers.meta(label('Headers', 'Huvuden')),
  body: z
    .json()
    .optional()
    .meta(
      label('Body', 'Kropp', {
        en: 'JSON with bindings; { "$list": "{{ order.lines }}", "$as": "line", "$item": … } makes a list. In XML its one key is the root.',
        sv: 'JSON med bindningar; { "$list": "{{ order.lines }}", "$as": "line", "$item": … } gör en lista. I XML är dess enda nyckel roten.',
      }),
    ),
};
export type RestRequest = z.infer<z.ZodObject<typeof requestShape>>;

export const RestSettings = z.strictObject({
  baseUrl: WebAddress.refine((text) => URL.parse(text)?.search === '', 'must not have a query').meta({
    ...label('Base address', 'Basadress', {
      en: 'Such as https://api.example.com/v2; every path is below it.',
      sv: 'Till exempel https://api.example.com/v2; varje sökväg är under den.',
    }),
    ...sections.access,
  }),
  format: z
    .enum(['json', 'xml'])
    .default('json')
    .meta({ ...label('Bodies are', 'Kroppar är'), ...sections.form }),
  xmlLists: z
    .array(z.string().min(1).max(100))
    .max(200)
    .default([])
    .meta({
      ...label('Elements that are always lists (XML)', 'Element som alltid är listor (XML)', {
        en: 'Such as row: without it, a single one would be read as no list.',
        sv: 'Till exempel row: utan det skulle en ensam läsas som ingen lista.',
      }),
      ...sections.form,
    }),
  headers: Headers.meta({ ...label('Headers of every request', 'Huvuden i varje anrop'), ...sections.access }),
  ...sharedForms(requestShape, { message: '{{ body.message }}', code: '{{ body.code }}' }),
});
export type RestSettings = z.output<typeof RestSettings>;
