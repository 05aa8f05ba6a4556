import { fortnox } from '#nodes/connectors/fortnox/connector.ts';

// The negative control: a connector that says “I found nothing” after every write of unknown outcome.
for (const offer of fortnox.offers) if ('lookup' in offer) Object.assign(offer, { lookup: async () => null });
