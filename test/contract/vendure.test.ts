import { vendure } from '#nodes/connectors/vendure/connector.ts';
import { GRAPHQL } from '../support/conversation.ts';
import { recordedContract } from './recorded.ts';

recordedContract({
  connector: vendure,
  file: new URL('../../nodes/connectors/vendure/fixtures/conversations.json', import.meta.url),
  dialect: { ...GRAPHQL, headers: { 'vendure-auth-token': 'session' } },
  settings: (settings, origin) => ({ ...settings, url: `${origin}/admin-api` }),
  secrets: { username: 'superadmin', password: 'password' },
});
