import { z } from 'zod';
import { MAX_NAMED_KEYS } from '#src/domain/api-keys/named-keys.ts';
import type { Container } from '#src/container.ts';
import { created, noContent, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import { createListedKeys } from '#src/surfaces/api/listed-keys.ts';
import { nothing, operation } from '#src/surfaces/api/operation.ts';
import { apiKeyShape, newApiKeyShape } from '#src/surfaces/api/presenters/api-key.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { apiKeyChange, newApiKey } from '#src/surfaces/api/schemas/api-keys.ts';
import { requireScopes } from '#src/surfaces/api/require-scopes.ts';
import { apiKeyRotationRoutes } from './api-key-rotation.ts';

type Parts = Pick<Container, 'clock' | 'keyRotation' | 'namedKeys'>;

/** The API keys of the caller's account. */
export function apiKeyRoutes(routes: RouteTable, container: Parts): void {
  const { keyRotation, namedKeys } = container;
  const listed = createListedKeys(container);

  routes.at('/account/api_keys', {
    get: operation({
      id: 'listApiKeys',
      right: 'keys',
      summary: 'List the API keys of the account',
      answers: { 200: z.array(apiKeyShape) },
      handle: async ({ accountId }) => ok(await listed.all(accountId)),
    }),
    post: operation({
      id: 'createApiKey',
      right: 'keys',
      summary: 'Make an API key',
      description: 'Answers the key, once. It may do no more than the key that makes it.',
      body: json(newApiKey),
      answers: { 201: newApiKeyShape },
      errors: { 409: `The account has ${String(MAX_NAMED_KEYS)} keys that work.` },
      handle: async ({ accountId, caller }, { body: { name, scopes, expires_at: expiresAt = null } }) => {
        const granted = scopes ?? caller.scopes;
        requireScopes(caller, ...granted);
        const { id, key: apiKey } = await namedKeys.create(accountId, { name, scopes: granted, expiresAt });
        return created({ ...(await listed.one(accountId, (key) => key.id === id)), api_key: apiKey });
      },
    }),
  });

  // The rotation comes first, because `rotate` would match as a key's id.
  apiKeyRotationRoutes(routes, container, listed);

  routes.at('/account/api_keys/:key', {
    patch: operation({
      id: 'updateApiKey',
      right: 'keys',
      summary: 'Rename an API key, or change until when it works',
      body: json(apiKeyChange),
      answers: { 200: apiKeyShape },
      errors: { 409: 'It has ended, or is the add-on’s own.' },
      handle: async (call, { body: { name, expires_at: expiresAt } }) => {
        const id = call.id('key');
        await namedKeys.update(call.accountId, id, { name, expiresAt });
        return ok(await listed.one(call.accountId, (key) => key.id === id));
      },
    }),
    delete: operation({
      id: 'revokeApiKey',
      right: 'keys',
      summary: 'Revoke an API key',
      answers: { 204: nothing },
      errors: { 409: 'It is the current key of the add-on: rotate it.' },
      handle: async (call) => {
        await keyRotation.revoke(call.accountId, call.id('key'));
        return noContent();
      },
    }),
  });
}
