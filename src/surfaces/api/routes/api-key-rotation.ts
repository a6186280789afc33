import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { SCOPES } from '#src/domain/api-keys/api-key.ts';
import type { Container } from '#src/container.ts';
import { created, ok } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { ListedKeys } from '#src/surfaces/api/listed-keys.ts';
import { operation } from '#src/surfaces/api/operation.ts';
import { apiKeyShape, newApiKeyShape } from '#src/surfaces/api/presenters/api-key.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { keyRotation } from '#src/surfaces/api/schemas/api-keys.ts';
import { requireScopes } from '#src/surfaces/api/require-scopes.ts';

/** Rotation of the add-on's key in the config of the customer's apps. The caller needs every scope of that key. */
export function apiKeyRotationRoutes(
  routes: RouteTable,
  { keyRotation: keys }: Pick<Container, 'keyRotation'>,
  listed: ListedKeys,
): void {
  routes.at('/account/api_keys/rotate', {
    post: operation({
      id: 'rotateApiKey',
      right: 'keys',
      summary: 'Replace the API key of the add-on',
      description:
        'Answers the new key, once; it may do everything, so the key that asks must have all scopes. The old one works until its grace is over.',
      body: json(keyRotation),
      answers: { 201: newApiKeyShape },
      errors: {
        404: 'The account has no key of an add-on.',
        429: `It was rotated ${FIXED_LIMITS.rotationsAnHour.shown} times within an hour.`,
      },
      handle: async ({ accountId, caller }, { body: { grace_seconds: graceSeconds } }) => {
        requireScopes(caller, ...SCOPES);
        const { key: apiKey, generation } = await keys.rotate(accountId, { graceSeconds });
        const made = await listed.one(accountId, (key) => key.generation === generation);
        return created({ ...made, api_key: apiKey });
      },
    }),
  });

  routes.at('/account/api_keys/:key/confirm', {
    post: operation({
      id: 'confirmApiKey',
      right: 'keys',
      summary: 'Say that the new key is in use',
      description: 'Where we could not put it into the config of your apps: the grace of the old one begins.',
      answers: { 200: apiKeyShape },
      errors: { 409: 'It is not the current key.' },
      handle: async (call) => {
        const id = call.id('key');
        await keys.confirm(call.accountId, id);
        return ok(await listed.one(call.accountId, (key) => key.id === id));
      },
    }),
  });
}
