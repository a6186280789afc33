import type { App } from '#src/domain/apps/app.ts';
import { nullOn, upsert } from '#src/infra/database/upsert.ts';
import { Conflict, InvalidInput, NotFound } from '#src/infra/lib/errors.ts';
import { withAllProblems } from '#src/infra/lib/with-all-problems.ts';
import { requireSameUid } from '#src/domain/uid-schema.ts';
import type { Subscriptions } from '#src/domain/subscriptions/subscriptions.ts';
import type { EndpointChanges, Endpoints } from './endpoints.ts';
import type { EndpointWithParents } from './endpoint-with-parents.ts';

interface Put {
  app: App;
  uid: string;
  changes: EndpointChanges;
  /** The signing secret of an endpoint that is created; one that is there must have it. */
  secret?: string | undefined;
  /** The endpoint's subscription, which is created when the app has none with this uid. */
  owner: { uid: string; name?: string | undefined } | undefined;
}

type Nouns = { endpoints: Endpoints; subscriptions: Subscriptions };

/**
 * Changes the endpoint with the uid, or creates it, with its subscription if the app has none. Throws Conflict as
 * {@link requireSameUid} does and when the endpoint belongs to another subscription or has another secret, InvalidInput
 * with the fields that creation needs and that are missing, and whatever `Endpoints.create` and `Endpoints.update`
 * throw.
 */
export async function putEndpoint(
  nouns: Nouns,
  put: Put,
): Promise<{ endpoint: EndpointWithParents; isNew: boolean }> {
  const { row, isNew } = await upsert({ change: () => change(nouns, put), make: () => make(nouns, put) });
  return { endpoint: row, isNew };
}

async function change({ endpoints }: Nouns, { app, uid, changes, secret, owner }: Put) {
  const endpoint = await endpoints.findOfApp(app, uid);
  requireSameUid(uid, changes.uid, endpoint);
  if (endpoint === null) return null;
  const { subscription } = endpoint;
  if (owner !== undefined && owner.uid !== subscription.uid && owner.uid !== subscription.id) {
    throw new Conflict(`The endpoint ${uid} belongs to another subscription, ${subscription.id}.`);
  }
  if (secret !== undefined && secret !== endpoints.revealSecret(endpoint)) {
    throw new Conflict(`The endpoint ${uid} has another secret. POST …/secret/rotate replaces it.`);
  }
  return endpoints.update(endpoint, changes).catch(nullOn(NotFound));
}

async function make({ endpoints, subscriptions }: Nouns, { app, uid, changes, secret, owner }: Put) {
  // Checked first, because a refused endpoint would leave a new subscription behind.
  const [url, version, { uid: ownerUid, name }] = withAllProblems(
    () => changes.url ?? missing('url'),
    () => changes.version ?? missing('version'),
    () => owner ?? missing('subscription'),
    () => endpoints.checkUrls(changes),
  );
  await endpoints.requireQuota(app.accountId);
  const { subscription } = await subscriptions.put(app, ownerUid, { name });
  const made = endpoints.create(subscription, { ...changes, url, version, uid, secret });
  return made.catch(nullOn(Conflict, NotFound));
}

function missing(path: string): never {
  const message = 'is required, because there is no such endpoint yet';
  throw new InvalidInput(`${path} ${message}.`, { details: [{ path, message }] });
}
