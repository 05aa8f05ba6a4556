import { defineConnector } from '#runtime/connector.ts';
import { tailoredBy } from '../configured/connection.ts';
import { faultOf } from '../configured/fault.ts';
import { nothingYet } from '../configured/lacking.ts';
import { hostsOf, Secrets } from '../configured/sign-in.ts';
import { invalid } from '../configured/template.ts';
import type { RestRequest } from './settings.ts';
import { RestSettings } from './settings.ts';
import { bodyReader, restWire } from './wire.ts';

const rootOf = ({ baseUrl }: { readonly baseUrl: string }): string => `${baseUrl.replace(/\/+$/, '')}/`;

/** Any system with an HTTP interface, as its connection's settings describe it; ../README.md has an example. */
export const rest = defineConnector({
  id: 'rest',
  title: 'HTTP/REST',
  summary: {
    en: 'Any system with an API over HTTP: told once how its records are read and written.',
    sv: 'Vilket system som helst med ett API över HTTP: du anger en gång hur dess poster läses och skrivs.',
  },
  kind: 'other',
  feature: 'generic-http',
  settings: RestSettings,
  secrets: Secrets,
  base: rootOf,
  hosts: (settings) => [...new Set([new URL(settings.baseUrl).host, ...hostsOf(settings.auth)])],
  authorize: () => undefined,
  fault: ({ status }) => faultOf({ status }, { meanings: [] }),
  ping: async () => {
    throw invalid('requests', 'the connection has no settings yet');
  },
  changes: [],
  offers: [],
  cannot: nothingYet,
  tailor: (settings) => {
    const read = bodyReader(settings);
    return tailoredBy<RestRequest>(settings, {
      wire: restWire(settings, rootOf(settings)),
      errorBody: read,
      ...(settings.format === 'xml' ? { parse: read } : {}),
      host: new URL(settings.baseUrl).host,
    });
  },
});
