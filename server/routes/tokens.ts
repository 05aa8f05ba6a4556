import { type RequestHandler, Router } from 'express';
import { type ApiTokenList, CreateApiToken, type OwnToken } from '#runtime/protocol.ts';
import { Refused } from '../adapters/refusal.ts';
import { type ApiTokens, grantable } from '../auth/api-tokens.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';

export function tokenRoutes(tokens: ApiTokens): Router {
  const router = Router({ mergeParams: true });

  router.get('/', allow('token.manage'), async (request, response) => {
    const tenant = tenantOf(request);
    const answer: ApiTokenList = {
      tokens: await tokens.list(tenant),
      grantable: grantable(personOf(request), tenant),
    };
    response.json(answer);
  });
  router.post('/', allow('token.manage'), async (request, response) => {
    const wish = CreateApiToken.parse(request.body);
    response.status(201).json(await tokens.create(tenantOf(request), personOf(request), wish));
  });
  router.delete('/:token', allow('token.manage'), async (request, response) => {
    await tokens.revoke(tenantOf(request), idOf(request, 'token'));
    response.status(204).end();
  });

  return router;
}

/** Tells a system what the token it holds is: which customer's, what for and until when. */
export const ownToken: RequestHandler = (request, response) => {
  const { token } = personOf(request);
  if (!token) throw new Refused(404, 'TOKEN_MISSING', 'you are signed in as a person, without a token');
  const { tenant, name, scopes, expiresAt } = token;
  const answer: OwnToken = { tenant, name, scopes: [...scopes], expiresAt };
  response.json(answer);
};
