import { z } from 'zod';
import type { Container } from '../../container.ts';
import { created, noContent, ok } from '../answer.ts';
import { json } from '../body.ts';
import { nothing, operation } from '../operation.ts';
import { apiKeyShape, newApiKeyShape, presentApiKey } from '../presenters/api-key.ts';
import type { Routes } from '../routes.ts';
import { keyRotation } from '../schemas/api-keys.ts';

/** The keys of the account that calls; whoever holds one may replace them, as the config of an app may be read by scripts. */
export function apiKeyRoutes(routes: Routes, { clock, keyRotation: keys }: Container): void {
  const list = async (accountId: string) => {
    const { keys: found, generation } = await keys.list(accountId);
    const now = { generation, nowMs: clock.now() };
    return found.map((key) => ({ key, presented: presentApiKey(key, now) }));
  };

  routes.at('/account/api_keys', {
    get: operation({
      id: 'listApiKeys',
      summary: 'List the API keys of the account',
      scope: 'admin',
      answers: { 200: z.array(apiKeyShape) },
      handle: async ({ accountId }) => ok((await list(accountId)).map(({ presented }) => presented)),
    }),
  });

  routes.at('/account/api_keys/rotate', {
    post: operation({
      id: 'rotateApiKey',
      summary: 'Replace the API key of the add-on',
      description: 'Answers the new key, once. The old one works until its grace is over.',
      body: json(keyRotation),
      answers: { 201: newApiKeyShape },
      errors: {
        404: 'The account has no key of an add-on.',
        429: 'It was rotated thirty times within an hour.',
      },
      handle: async (call, { body: { grace_seconds: graceSeconds } }) => {
        const { key: apiKey, generation } = await keys.rotate(call.accountId, { graceSeconds });
        const made = (await list(call.accountId)).find(({ key }) => key.generation === generation);
        return created({ ...made?.presented, api_key: apiKey });
      },
    }),
  });

  routes.at('/account/api_keys/:key/confirm', {
    post: operation({
      id: 'confirmApiKey',
      summary: 'Say that the new key is in use',
      description: 'Where we could not put it into the config of your apps: the grace of the old one begins.',
      answers: { 200: apiKeyShape },
      errors: { 409: 'It is not the current key.' },
      handle: async (call) => {
        await keys.confirm(call.accountId, call.id('key'));
        return ok((await list(call.accountId)).find(({ key }) => key.id === call.id('key'))?.presented);
      },
    }),
  });

  routes.at('/account/api_keys/:key', {
    delete: operation({
      id: 'revokeApiKey',
      summary: 'Revoke an API key',
      answers: { 204: nothing },
      errors: { 409: 'It is the current key of the add-on: rotate it.' },
      handle: async (call) => {
        await keys.revoke(call.accountId, call.id('key'));
        return noContent();
      },
    }),
  });
}
