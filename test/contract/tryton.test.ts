import { tryton } from '#nodes/connectors/tryton/connector.ts';
import { JSON_RPC } from '../support/conversation.ts';
import { recordedContract } from './recorded.ts';

recordedContract({
  connector: tryton,
  file: new URL('../../nodes/connectors/tryton/fixtures/conversations.json', import.meta.url),
  dialect: JSON_RPC,
  settings: (settings, origin) => ({ ...settings, url: origin }),
  secrets: { password: 'password' },
});
