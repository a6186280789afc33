import type { App } from '#src/domain/apps/app.ts';
import { Conflict, InvalidInput } from '#src/infra/lib/errors.ts';
import type { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import type { EndpointChanges, Endpoints, EndpointWithParents } from './endpoints.ts';

interface Put {
  app: App;
  uid: string;
  changes: EndpointChanges;
  /** Whose it is; made, too, when it is missing. */
  owner: { uid: string; name?: string | undefined } | undefined;
}

type Nouns = { endpoints: Endpoints; subscriptions: Subscriptions };

/** Makes the endpoint that `uid` names, with its subscription if need be, or changes it. */
export async function putEndpoint(
  nouns: Nouns,
  put: Put,
): Promise<{ endpoint: EndpointWithParents; isNew: boolean }> {
  const changed = await change(nouns, put);
  if (changed !== null) return { endpoint: changed, isNew: false };
  try {
    return { endpoint: await make(nouns, put), isNew: true };
  } catch (error) {
    // Another caller was faster. Unless it is gone again, there is one to change now.
    const late = error instanceof Conflict ? await change(nouns, put) : null;
    if (late === null) throw error;
    return { endpoint: late, isNew: false };
  }
}

async function change({ endpoints }: Nouns, { app, uid, changes, owner }: Put) {
  const endpoint = await endpoints.findOfApp(app, uid);
  if (endpoint === null) return null;
  const { subscription } = endpoint;
  if (owner !== undefined && owner.uid !== subscription.uid && owner.uid !== subscription.id) {
    throw new Conflict(`The endpoint ${uid} belongs to another subscription, ${subscription.id}.`);
  }
  return endpoints.update(endpoint, { ...changes, uid: undefined });
}

async function make({ endpoints, subscriptions }: Nouns, { app, uid, changes, owner }: Put) {
  const { url = missing('url'), version = missing('version') } = changes;
  const { uid: ownerUid, name } = owner ?? missing('subscription');
  // Before the subscription is made, which would be left behind.
  endpoints.checkUrl(url);
  await endpoints.requireRoom(app.accountId);
  const { subscription } = await subscriptions.put(app, ownerUid, { name });
  return endpoints.create(subscription, { ...changes, url, version, uid });
}

function missing(path: string): never {
  const message = 'is required, because there is no such endpoint yet';
  throw new InvalidInput(`${path} ${message}.`, { details: [{ path, message }] });
}
