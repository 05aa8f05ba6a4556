import { z } from 'zod';
import { options } from '#runtime/node.ts';

/** The order itself. `unknown` on any axis: the system does not tell. */
const OrderState = z
  .enum(['draft', 'open', 'processing', 'on-hold', 'completed', 'cancelled', 'failed', 'unknown'])
  .meta({
    description:
      'draft: not placed yet; open: placed, nothing done; processing: being worked on; on-hold: waits for somebody; completed; cancelled; failed: never became an order',
    ...options({
      draft: ['Draft', 'Utkast'],
      open: ['Open', 'Öppen'],
      processing: ['Being processed', 'Behandlas'],
      'on-hold': ['On hold', 'Pausad'],
      completed: ['Completed', 'Färdigbehandlad'],
      cancelled: ['Cancelled', 'Avbruten'],
      failed: ['Failed', 'Misslyckad'],
      unknown: ['Not told', 'Anges inte'],
    }),
  });

/** The money. */
const PaymentState = z
  .enum(['unpaid', 'authorized', 'partly-paid', 'paid', 'partly-refunded', 'refunded', 'failed', 'unknown'])
  .meta({
    description: 'authorized: reserved on a card, not drawn; paid: all of it; failed: refused by the payment provider',
    ...options({
      unpaid: ['Unpaid', 'Obetald'],
      authorized: ['Authorized', 'Reserverad'],
      'partly-paid': ['Partly paid', 'Delvis betald'],
      paid: ['Paid', 'Betald'],
      'partly-refunded': ['Partly refunded', 'Delvis återbetald'],
      refunded: ['Refunded', 'Återbetald'],
      failed: ['Failed', 'Misslyckad'],
      unknown: ['Not told', 'Anges inte'],
    }),
  });

/** The goods. */
const FulfilmentState = z
  .enum(['unfulfilled', 'partly-fulfilled', 'fulfilled', 'delivered', 'returned', 'unknown'])
  .meta({
    description:
      'fulfilled: all has left the sender; delivered: it reached the buyer, where a system tells the two apart',
    ...options({
      unfulfilled: ['Not sent', 'Ej skickad'],
      'partly-fulfilled': ['Partly sent', 'Delvis skickad'],
      fulfilled: ['Sent', 'Skickad'],
      delivered: ['Delivered', 'Levererad'],
      returned: ['Returned', 'Returnerad'],
      unknown: ['Not told', 'Anges inte'],
    }),
  });

/** The invoice. */
const InvoiceState = z.enum(['not-invoiced', 'partly-invoiced', 'invoiced', 'credited', 'unknown']).meta({
  description: 'credited: the invoice was taken back by a credit note',
  ...options({
    'not-invoiced': ['Not invoiced', 'Ej fakturerad'],
    'partly-invoiced': ['Partly invoiced', 'Delvis fakturerad'],
    invoiced: ['Invoiced', 'Fakturerad'],
    credited: ['Credited', 'Krediterad'],
    unknown: ['Not told', 'Anges inte'],
  }),
});

/** Where an order stands on its four axes, and the system's own word for it. */
export const OrderStatus = z
  .strictObject({
    order: OrderState,
    payment: PaymentState,
    fulfilment: FulfilmentState,
    invoice: InvoiceState,
    /** As the system writes it: `wc-picking`, `Cancelled`. */
    native: z.string().max(200).optional(),
  })
  .meta({ id: 'OrderStatus' });
export type OrderStatus = z.infer<typeof OrderStatus>;

/** What may be asked of an order in any system; each connector says in its own words what that means, or that it cannot. */
export const OrderAction = z
  .enum(['processing', 'on-hold', 'paid', 'delivered', 'invoiced', 'completed', 'cancelled', 'refunded'])
  .meta({
    id: 'OrderAction',
    ...options({
      processing: ['Being processed', 'Behandlas'],
      'on-hold': ['On hold', 'Pausad'],
      paid: ['Paid', 'Betald'],
      delivered: ['Delivered', 'Levererad'],
      invoiced: ['Invoiced', 'Fakturerad'],
      completed: ['Completed', 'Färdigbehandlad'],
      cancelled: ['Cancelled', 'Avbruten'],
      refunded: ['Refunded', 'Återbetald'],
    }),
  });
export type OrderAction = z.infer<typeof OrderAction>;

/** Whether a status answers to a neutral action, for triggers that wait for one. */
export function statusIs(status: OrderStatus, action: OrderAction): boolean {
  switch (action) {
    case 'processing':
    case 'on-hold':
    case 'completed':
    case 'cancelled':
      return status.order === action;
    case 'paid':
      return status.payment === 'paid';
    case 'refunded':
      return status.payment === 'refunded';
    case 'delivered':
      return status.fulfilment === 'fulfilled' || status.fulfilment === 'delivered';
    case 'invoiced':
      return status.invoice === 'invoiced';
  }
}
