import { rest } from '#nodes/connectors/rest/connector.ts';
import { type AnyConnector, connectorWith } from '#runtime/connector.ts';
import { shopBySettings, shopSecretsBySettings } from '../support/shop-by-settings.ts';
import { connectorContract } from './connector.ts';
import { startPracticeShop } from './practice-shop.ts';
import type { ContractSubject } from './subject.ts';

/** As any connection with these settings has it; a person sets its webhooks up in the shop. */
function described(): AnyConnector {
  const connector = connectorWith(rest, rest.settings.parse(shopBySettings('http://127.0.0.1:1')));
  if (!connector.webhook) throw new Error('the settings have no webhook');
  return {
    ...connector,
    webhook: {
      ...connector.webhook,
      ensure: async (session, { url, secret, topics }) => {
        for (const topic of topics) {
          const body = { name: topic, topic, delivery_url: url, secret, status: 'active' };
          await session.http({ method: 'POST', path: 'webhooks', body });
        }
        return topics;
      },
    },
  };
}

const subject: ContractSubject = {
  connector: described(),
  vendor: 'woocommerce',
  async start() {
    const system = await startPracticeShop();
    const { consumerKey = '', consumerSecret = '' } = system.secrets;
    return {
      ...system,
      settings: shopBySettings,
      secrets: shopSecretsBySettings({ consumerKey, consumerSecret }),
      wrongSecrets: shopSecretsBySettings({ consumerKey, consumerSecret: 'cs_of_somebody_else' }),
    };
  },
  lacks: {
    // the settings say nothing of these
    customer: ['organisationNumber', 'vatNumber'],
    product: ['stockTracked'],
    order: [],
  },
  many: 1000,
};

connectorContract(subject);
