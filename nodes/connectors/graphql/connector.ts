import { defineConnector } from '#runtime/connector.ts';
import { tailoredBy } from '../configured/connection.ts';
import { faultOf } from '../configured/fault.ts';
import { nothingYet } from '../configured/lacking.ts';
import { hostsOf, Secrets } from '../configured/sign-in.ts';
import { invalid } from '../configured/template.ts';
import { type GraphqlRequest, GraphqlSettings } from './settings.ts';
import { errorWithin, graphqlWire } from './wire.ts';

/** The endpoint's folder, so that the endpoint itself is below it. */
const folderOf = ({ endpoint }: { readonly endpoint: string }): string => new URL('.', endpoint).href;

/** The endpoint itself, as it stands in its folder. */
function nameOf({ endpoint }: { readonly endpoint: string }): string {
  const { pathname, search } = new URL(endpoint);
  return `${pathname.slice(pathname.lastIndexOf('/') + 1)}${search}`;
}

/** Any system with a GraphQL interface, as its connection's settings describe it; ../README.md has an example. */
export const graphql = defineConnector({
  id: 'graphql',
  title: 'GraphQL',
  summary: {
    en: 'Any system with a GraphQL API: told once how its records are read and written.',
    sv: 'Vilket system som helst med ett GraphQL-API: du anger en gång hur dess poster läses och skrivs.',
  },
  kind: 'other',
  feature: 'generic-http',
  settings: GraphqlSettings,
  secrets: Secrets,
  base: folderOf,
  hosts: (settings) => [...new Set([new URL(settings.endpoint).host, ...hostsOf(settings.auth)])],
  authorize: () => undefined,
  fault: ({ status }) => faultOf({ status }, { meanings: [] }),
  ping: async () => {
    throw invalid('requests', 'the connection has no settings yet');
  },
  changes: [],
  offers: [],
  cannot: nothingYet,
  tailor: (settings) => ({
    ...tailoredBy<GraphqlRequest>(settings, {
      wire: graphqlWire(settings, nameOf(settings)),
      errorBody: (body) => body,
      host: new URL(settings.endpoint).host,
    }),
    faultWithin: errorWithin(settings.errors),
  }),
});
