import type { Container } from '../../container.ts';
import { created, noContent, ok } from '../answer.ts';
import { presentApiKey } from '../presenters/api-key.ts';
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
    get: async ({ accountId }) => ok((await list(accountId)).map(({ presented }) => presented)),
  });

  routes.at('/account/api_keys/rotate', {
    post: async (call) => {
      const { grace_seconds: graceSeconds } = await call.input(keyRotation);
      const { key: apiKey, generation } = await keys.rotate(call.accountId, { graceSeconds });
      const made = (await list(call.accountId)).find(({ key }) => key.generation === generation);
      return created({ ...made?.presented, api_key: apiKey });
    },
  });

  routes.at('/account/api_keys/:key/confirm', {
    post: async (call) => {
      await keys.confirm(call.accountId, call.id('key'));
      return ok((await list(call.accountId)).find(({ key }) => key.id === call.id('key'))?.presented);
    },
  });

  routes.at('/account/api_keys/:key', {
    delete: async (call) => {
      await keys.revoke(call.accountId, call.id('key'));
      return noContent();
    },
  });
}
