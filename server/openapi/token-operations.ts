import {
  ApiTokenCreated,
  ApiTokenList,
  CatalogAnswer,
  CreateApiToken,
  OwnToken,
  PracticeAnswer,
} from '#runtime/protocol.ts';
import { type OperationGroup, refusal } from './operation.ts';

const tokens = '/api/tenants/:tenant/tokens';

export const tokenOperations: OperationGroup = {
  title: 'API tokens',
  about:
    'What your own systems call this API with. A token acts in the name of its maker, within its scopes, in one customer.',
  operations: [
    {
      method: 'get',
      path: '/api/token',
      summary: 'Ask what the token is that you hold',
      access: 'person or token',
      answers: { 200: OwnToken },
      refusals: [refusal(404, 'TOKEN_MISSING', 'you are signed in as a person')],
    },
    { method: 'get', path: tokens, summary: 'List tokens', access: 'token.manage', answers: { 200: ApiTokenList } },
    {
      method: 'post',
      path: tokens,
      summary: 'Make a token',
      description: 'The answer holds the token itself, this once. No token can make another.',
      access: 'token.manage',
      body: CreateApiToken,
      answers: { 201: ApiTokenCreated },
      refusals: [
        refusal(403, 'SCOPE_NOT_YOURS', 'a scope is more than you may do yourself'),
        refusal(409, 'TOO_MANY_TOKENS', 'the customer has as many as it can have'),
      ],
    },
    {
      method: 'delete',
      path: `${tokens}/:token`,
      summary: 'Revoke a token at once',
      access: 'token.manage',
      answers: { 204: 'empty' },
      refusals: [refusal(404, 'TOKEN_MISSING', 'there is no such token, or it is revoked already')],
    },
  ],
};

export const catalogOperations: OperationGroup = {
  title: 'Catalog',
  about: 'What flows can be made of.',
  operations: [
    {
      method: 'get',
      path: '/api/catalog',
      summary: 'Read every node, connector and error code',
      access: 'person or token',
      answers: { 200: CatalogAnswer },
    },
    {
      method: 'get',
      path: '/api/practice',
      summary: 'Read the addresses of the practice systems',
      access: 'person',
      answers: { 200: PracticeAnswer },
    },
  ],
};
