import {
  AllowConnection,
  ChangeConnection,
  ConnectionList,
  ConnectionSummary,
  ConnectionTest,
  CreateConnection,
  RenewSecret,
  SetConnectionState,
  SetSecrets,
  TryConnection,
  WebhookSecretMade,
} from '#runtime/protocol.ts';
import { type OperationGroup, refusal } from './operation.ts';

const connections = '/api/tenants/:tenant/connections';
const connection = `${connections}/:connection`;
const missing = refusal(404, 'CONNECTION_MISSING', 'the customer has no such connection');
const invalid = refusal(422, 'CONFIG_INVALID', 'the connector does not take it; `field` names the setting');

const notAnswered = [
  refusal(409, 'SIGN_IN_NEEDED', 'the system does not take the credentials'),
  refusal(422, 'TARGET_REFUSED', 'the system refused'),
  refusal(502, 'TARGET_DOWN', 'the system cannot be reached'),
  refusal(504, 'TIMEOUT', 'the system did not answer in time'),
];

export const connectionOperations: OperationGroup = {
  title: 'Connections',
  about: 'Accounts in other systems. Secrets go in and never come out.',
  operations: [
    {
      method: 'get',
      path: connections,
      summary: 'List connections',
      access: 'connection.read',
      answers: { 200: ConnectionList },
    },
    {
      method: 'post',
      path: connections,
      summary: 'Make a connection',
      description:
        'The catalog has the form of each connector’s settings and secrets. `grants` and `rate` need connection.allow.',
      access: 'connection.edit',
      body: CreateConnection,
      answers: { 201: ConnectionSummary },
      refusals: [invalid],
    },
    {
      method: 'post',
      path: `${connections}/try`,
      summary: 'Ask the system whose account it would be, and keep nothing',
      access: 'connection.edit',
      body: TryConnection,
      answers: { 200: ConnectionTest },
      refusals: [
        invalid,
        refusal(422, 'UNSUPPORTED', 'the system is signed in to in its own page, once the connection is saved'),
        ...notAnswered,
      ],
    },
    {
      method: 'put',
      path: connection,
      summary: 'Change a connection',
      description:
        'Settings that lead elsewhere ask for the secrets again. New secrets are tried first: when the system does not take them nothing is changed, unless `unproven` asks for it.',
      access: 'connection.edit',
      body: ChangeConnection,
      answers: { 200: ConnectionSummary },
      refusals: [missing, invalid, ...notAnswered],
    },
    {
      method: 'delete',
      path: connection,
      summary: 'Remove a connection and its secrets',
      access: 'connection.edit',
      answers: { 204: 'empty' },
      refusals: [missing, refusal(409, 'CONNECTION_IN_USE', 'flows work through it')],
    },
    {
      method: 'put',
      path: `${connection}/secrets`,
      summary: 'Put secrets beside those that are there',
      description:
        'A null takes one away. New secrets are tried first: when the system does not take them those before stay, unless `unproven` asks for it.',
      access: 'connection.edit',
      body: SetSecrets,
      answers: { 200: ConnectionSummary },
      refusals: [missing, invalid, ...notAnswered],
    },
    {
      method: 'post',
      path: `${connection}/webhook-secret`,
      summary: 'Rotate the secret that signs the webhooks',
      description:
        'The one before is taken for `keepHours` more. Where Weft sets the webhooks up itself it puts the new secret in place there too; else it is told this once.',
      access: 'connection.edit',
      body: RenewSecret,
      answers: { 200: WebhookSecretMade },
      refusals: [missing, invalid, refusal(422, 'UNSUPPORTED', 'the system signs no webhooks')],
    },
    {
      method: 'delete',
      path: `${connection}/webhook-secret/earlier`,
      summary: 'End the rotation: the secret before is taken no more',
      access: 'connection.edit',
      answers: { 200: ConnectionSummary },
      refusals: [missing],
    },
    {
      method: 'put',
      path: `${connection}/state`,
      summary: 'Switch a connection on or off',
      access: 'connection.edit',
      body: SetConnectionState,
      answers: { 200: ConnectionSummary },
      refusals: [missing],
    },
    {
      method: 'put',
      path: `${connection}/allowance`,
      summary: 'Grant private addresses and a rate of its own',
      access: 'connection.allow',
      body: AllowConnection,
      answers: { 200: ConnectionSummary },
      refusals: [missing, invalid],
    },
    {
      method: 'post',
      path: `${connection}/test`,
      summary: 'Ask the system whose account it is',
      access: 'connection.test',
      answers: { 200: ConnectionTest },
      refusals: [missing, ...notAnswered],
    },
    {
      method: 'get',
      path: `${connection}/sign-in`,
      summary: 'Go to the system’s own sign-in page (OAuth)',
      access: 'connection.edit',
      answers: { 303: 'redirect' },
      refusals: [missing, refusal(422, 'UNSUPPORTED', 'the system takes keys')],
    },
    {
      method: 'get',
      path: '/api/connections/sign-in',
      summary: 'Where the system sends the person back to; leads on to the connection’s page, which says how it went',
      access: 'person',
      answers: { 303: 'redirect' },
      refusals: [refusal(400, 'INPUT_INVALID', 'the address lacks its state')],
    },
  ],
};
