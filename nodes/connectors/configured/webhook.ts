import { z } from 'zod';
import type { WebhookContract, WebhookRecord } from '#runtime/connector.ts';
import { FlowError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { label, options } from '#runtime/node.ts';
import { filled } from '../answer.ts';
import type { AnyReader } from './listing.ts';
import { stampOf } from './reads.ts';
import { HeaderName } from './sign-in.ts';
import { compileField, compileOptional, type Names, type Place, Template, template } from './template.ts';

const Event = z.strictObject({
  entity: z.enum(['order', 'customer', 'product']).meta({
    ...label('Of', 'Om'),
    ...options({ order: ['Orders', 'Ordrar'], customer: ['Customers', 'Kunder'], product: ['Products', 'Artiklar'] }),
  }),
  topics: z
    .array(z.string().min(1).max(200))
    .max(50)
    .default([])
    .meta(label('Topics; empty: all', 'Ämnen; tomt: alla')),
  id: Template.default('{{ body.id }}').meta(label('Where the record’s id is', 'Var postens id finns')),
  record: template('Where the whole record is, if it is sent', 'Var hela posten finns, om den skickas', {
    en: 'Such as {{ body }}. Without it, the record is read by its id.',
    sv: 'Till exempel {{ body }}. Utan den läses posten med sitt id.',
  }),
});
export type Event = z.infer<typeof Event>;

/** How the system's webhooks are signed and read. They are set up there by a person, at the address the flow shows. */
export const WebhookForm = z.strictObject({
  header: HeaderName.meta(label('Header of the signature', 'Huvud med signaturen')),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256').meta(label('Algorithm', 'Algoritm')),
  encoding: z.enum(['hex', 'base64']).default('hex').meta(label('Written as', 'Skrivs som')),
  prefix: z
    .string()
    .max(40)
    .default('')
    .meta(label('Before the signature', 'Före signaturen', { en: 'Such as sha256=.', sv: 'Till exempel sha256=.' })),
  topic: template('Where the topic is', 'Var ämnet finns', {
    en: 'Such as {{ headers.x-topic }} or {{ body.event }}.',
    sv: 'Till exempel {{ headers.x-topic }} eller {{ body.event }}.',
  }),
  events: z.array(Event).min(1).max(20).meta(label('What they are about', 'Vad de handlar om')),
});
export type WebhookForm = z.infer<typeof WebhookForm>;

const NAMES = ['body', 'headers'];

/** The record a delivery holds whole, by the event it is; undefined where it holds none. */
export function heldRecord(event: Event, index: number): (names: Names) => unknown {
  return compileOptional(event.record, { field: `webhook.events[${index}].record`, names: ['body'] });
}

/** The place of an event's own fields, for those who need the record's reader. */
export const eventPlace = (index: number): Place => ({ field: `webhook.events[${index}]`, names: NAMES });

/** The webhook half of the contract. `parse`: how bodies are read that are not JSON. */
export function webhookOf(
  form: WebhookForm,
  readerOf: (event: Event, place: Place) => AnyReader | undefined,
  parse: ((text: string) => Json) | undefined,
): WebhookContract {
  const topicOf = compileOptional(form.topic, { field: 'webhook.topic', names: NAMES });
  const events = form.events.map((event, index) => {
    const place = eventPlace(index);
    return {
      event,
      idOf: compileField(event.id, { ...place, field: `${place.field}.id` }),
      held: heldRecord(event, index),
      reader: readerOf(event, place),
      place,
    };
  });
  return {
    signature: {
      header: form.header.toLowerCase(),
      algorithm: form.algorithm,
      encoding: form.encoding,
      prefix: form.prefix,
      secret: 'webhookSecret',
    },
    ...(parse ? { parse } : {}),
    read(headers, body): WebhookRecord | null {
      const names = { headers, body };
      const topic = filled(topicOf(names)) ?? '';
      const found = events.find(({ event }) => event.topics.length === 0 || event.topics.includes(topic));
      if (!found) return null;
      const { event, reader, place } = found;
      const id = filled(found.idOf(names))?.slice(0, 200);
      if (id === undefined) {
        throw new TerminalError('INPUT_INVALID', `${place.field}.id finds nothing in the delivery`, { field: 'id' });
      }
      const record = reader ? found.held(names) : undefined;
      const stamp = reader && record !== undefined ? stampIn(reader, record) : undefined;
      return { entity: event.entity, topic: topic || event.entity, id, ...(stamp === undefined ? {} : { stamp }) };
    },
  };
}

/**
 * A delivery that cannot be read as a record is stored all the same: its run says why. One without a time of change gets no
 * name of its state, for a state that comes back would look like the one it was before.
 */
function stampIn(reader: AnyReader, record: unknown): string | undefined {
  try {
    const item = reader.read({ record }, 'connection') as { readonly changedAt?: string };
    return item.changedAt === undefined ? undefined : stampOf(item);
  } catch (error) {
    if (error instanceof FlowError) return undefined;
    throw error;
  }
}
