import type { z } from 'zod';
import type { ApiKey } from '#src/domain/api-keys/api-key.ts';
import type { Container } from '#src/container.ts';
import { type apiKeyShape, presentApiKey } from '#src/surfaces/api/presenters/api-key.ts';

interface ListedKey {
  key: ApiKey;
  presented: z.output<typeof apiKeyShape>;
}

export type ListedKeys = ReturnType<typeof createListedKeys>;

/** Presents the API keys of an account. The account's current generation tells which key is the current one. */
export function createListedKeys({ clock, keyRotation }: Pick<Container, 'clock' | 'keyRotation'>) {
  const all = async (accountId: string): Promise<ListedKey[]> => {
    const { keys, generation } = await keyRotation.list(accountId);
    const now = { generation, nowMs: clock.now() };
    return keys.map((key) => ({ key, presented: presentApiKey(key, now) }));
  };
  return {
    all: async (accountId: string) => (await all(accountId)).map(({ presented }) => presented),
    one: async (accountId: string, is: (key: ApiKey) => boolean) =>
      (await all(accountId)).find(({ key }) => is(key))?.presented,
  };
}
