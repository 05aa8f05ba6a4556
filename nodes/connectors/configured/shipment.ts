import { z } from 'zod';
import { Shipment } from '../../commerce/model.ts';
import { readAnswer } from '../answer.ts';
import { entryList, listField } from './entry-list.ts';
import { fieldReader, formOf, moment, oneOf, text, type Writing } from './kinds.ts';
import { must, type RecordReader } from './record.ts';
import type { Names, Place } from './template.ts';

const shipmentKinds = {
  id: text('Id', 'Id'),
  order: text('Id of its order', 'Orderns id'),
  state: oneOf('pending', 'sent', 'delivered', 'returned', 'cancelled')('State', 'Tillstånd'),
  carrier: text('Carrier', 'Transportör'),
  trackingNumber: text('Tracking number', 'Spårningsnummer'),
  trackingUrl: text('Tracking address', 'Spårningsadress'),
  sentAt: moment('Sent', 'Skickad'),
  deliveredAt: moment('Delivered', 'Levererad'),
  changedAt: moment('Changed', 'Ändrad'),
};

export const ShipmentForm = z.strictObject({
  list: listField('Where the deliveries are on an order', 'Var leveranserna finns på en order'),
  ...formOf(shipmentKinds),
});

/** The deliveries told of on one order, or one by itself. */
export function shipmentsReader(form: z.infer<typeof ShipmentForm> | undefined, place: Place) {
  if (form === undefined) return () => [];
  const { inside, of } = entryList(form, place);
  const read = fieldReader(shipmentKinds, form, inside);
  return (names: Names, writing: Writing, connection: string, order?: string): Shipment[] =>
    of(names).flatMap((entry, index) => {
      const { id, order: named = order, state = 'sent', ...own } = read(entry, writing);
      if (form.list !== undefined && own.trackingNumber === undefined && id === undefined) return [];
      const source = { connection, id: id ?? `${must(named, place, 'order')}-${index + 1}` };
      return [{ source, order: must(named, place, 'order'), state, lines: [], ...own }];
    });
}

/** A delivery by itself; `order` among the names is the order it was asked for by. */
export function shipmentReader(
  form: z.infer<typeof ShipmentForm>,
  place: Place,
  writing: Writing,
): RecordReader<Shipment> {
  const { list: _list, ...own } = form;
  const read = shipmentsReader(own, place);
  const id = fieldReader({ id: shipmentKinds.id }, { id: form.id }, place);
  return {
    id: (names) => {
      try {
        return id({ ...names, item: names['record'] }, writing).id ?? '?';
      } catch {
        return '?';
      }
    },
    read: (names, connection) => {
      const order = typeof names['order'] === 'string' ? names['order'] : undefined;
      const [shipment] = read(names, writing, connection, order);
      return readAnswer(Shipment, shipment, place.field);
    },
  };
}
