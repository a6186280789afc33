import { uuidv7 } from '#src/infra/lib/ids.ts';
import { secretOwner } from '#src/domain/endpoints/endpoint-secrets.ts';
import type { TestServer } from './server.ts';
import type { SubscribedApp } from './subscribed-app.ts';

/** Adds `count` endpoints below `url` to the app's subscriber, quickly. */
export async function addEndpoints(
  { container: { cipher, models } }: TestServer,
  { endpoint, subscription }: SubscribedApp,
  { count, url }: { count: number; url: string },
): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => {
    const id = uuidv7(Date.now());
    return {
      id,
      accountId: subscription.accountId,
      appId: subscription.appId,
      subscriptionId: subscription.id,
      url: `${url}/${String(index)}`,
      version: endpoint.version,
      receivesAllEvents: true,
      secretEncrypted: cipher.encrypt('secret', secretOwner(id)),
    };
  });
  await models.Endpoint.bulkCreate(rows);
}
