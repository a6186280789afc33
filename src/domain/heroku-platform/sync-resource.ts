import { z } from 'zod';
import { removeMembersExcept } from '#src/domain/accounts/member-removal.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Dependencies } from './dependencies.ts';
import { type Attachment, attachmentsOf, type Person, peopleOfApp } from './read-people.ts';
import { callPlatform } from './platform-api.ts';
import { PlatformRefused } from './platform-errors.ts';
import { queueSync } from './queue-sync.ts';
import { subscribeToWebhooks } from './subscribe-webhooks.ts';
import { updateNames } from './update-names.ts';

const addonAnswer = z.object({
  name: z.string(),
  app: z.object({ id: z.string() }),
});
const appAnswer = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.object({ email: z.string() }).nullish(),
  region: z.object({ name: z.string() }).nullish(),
  team: z.object({ id: z.string() }).nullish(),
  organization: z.object({ id: z.string() }).nullish(),
});

/** An app, as far as we read it. */
export type HerokuApp = z.infer<typeof appAnswer>;

/**
 * The job that reads names and people from Heroku. When Heroku refuses, names stay and no member is removed. When
 * Heroku is unavailable the job throws, so that it is retried, unless another sync of the resource is queued already:
 * while Heroku is away one job waits for each resource, however many events arrive.
 */
export async function syncResource(deps: Dependencies, resourceId: string): Promise<void> {
  const begunAt = new Date(deps.clock.now());
  const accountId = await beginSync(deps, resourceId);
  if (accountId === null) return;
  try {
    // Subscribed before reading, so that no change falls between the two.
    await subscribeToWebhooks(deps, { resourceId, accountId });
    const app = await readNames(deps, resourceId);
    const attachments = await attachmentsOf(deps, resourceId);
    await saveConfigVar(deps, resourceId, { app, attachments });
    await removeFormerMembers(deps, { resourceId, accountId, app, attachments, begunAt });
  } catch (error) {
    if (!(error instanceof PlatformRefused)) {
      if (await restoreRequest(deps, resourceId)) throw error;
      return;
    }
    deps.logger.info(
      { resource: resourceId, reason: error.message },
      'a resource could not be read at Heroku',
    );
  }
  await saveSyncedAt(deps, resourceId, begunAt);
}

const DAY_MS = 86_400_000;

/** Queues a sync when the last one is more than a day old. Called at each sign-on. */
export async function syncIfStale(deps: Dependencies, resourceId: string): Promise<void> {
  const { rowCount } = await deps.pool.query(
    `select from heroku_resources join heroku_authorizations on resource_id = id and state = 'authorized'
     where id = $1 and (synced_at is null or synced_at < $2) and not is_sync_queued`,
    [resourceId, new Date(deps.clock.now() - DAY_MS)],
  );
  if (rowCount === 1) await transaction(deps.pool, (client) => queueSync(client, deps, resourceId));
}

/** Answers the account; null when the resource is gone. A request from here on queues another sync. */
async function beginSync({ pool }: Dependencies, resourceId: string): Promise<string | null> {
  const { rows } = await pool.query<{ account_id: string }>(
    'update heroku_resources set is_sync_queued = false where id = $1 and account_id is not null returning account_id',
    [resourceId],
  );
  return rows[0]?.account_id ?? null;
}

/** Marks the sync as queued again, for the retry. False when another was queued meanwhile, or the resource is gone. */
async function restoreRequest({ pool }: Dependencies, resourceId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'update heroku_resources set is_sync_queued = true where id = $1 and account_id is not null and not is_sync_queued',
    [resourceId],
  );
  return rowCount === 1;
}

async function readNames(deps: Dependencies, resourceId: string): Promise<HerokuApp> {
  const addon = addonAnswer.parse((await callPlatform(deps, resourceId, get(`/addons/${resourceId}`))).body);
  const path = `/apps/${encodeURIComponent(addon.app.id)}`;
  const app = appAnswer.parse((await callPlatform(deps, resourceId, get(path))).body);
  await updateNames(deps, resourceId, {
    name: addon.name,
    appId: app.id,
    appName: app.name,
    region: app.region?.name ?? null,
  });
  return app;
}

interface SyncedResource {
  resourceId: string;
  accountId: string;
  app: HerokuApp;
  attachments: Attachment[];
  begunAt: Date;
}

/**
 * Removes the members who have no access at Heroku any more. Fails closed: it needs the complete lists of all apps that
 * the resource is attached to, or removes nobody.
 */
async function removeFormerMembers(
  deps: Dependencies,
  { resourceId, accountId, app, attachments, begunAt }: SyncedResource,
): Promise<void> {
  const owners = await peopleOfApp(deps, resourceId, app);
  await saveOwner(deps, resourceId, { app, people: owners });
  const people = [...owners];
  for (const appId of new Set(attachments.map((one) => one.appId))) {
    if (appId === app.id) continue;
    const other = appAnswer.parse(
      (await callPlatform(deps, resourceId, get(`/apps/${encodeURIComponent(appId)}`))).body,
    );
    people.push(...(await peopleOfApp(deps, resourceId, other)));
  }
  const removed = await removeMembersExcept(deps, accountId, { people, signedInBefore: begunAt });
  if (removed > 0) deps.logger.info({ resource: resourceId, removed }, 'people lost their access at Heroku');
}

/** Saves how the API key is called in the config of the owning app: its second add-on of ours has another name. */
async function saveConfigVar(
  { pool }: Dependencies,
  resourceId: string,
  { app, attachments }: { app: HerokuApp; attachments: Attachment[] },
): Promise<void> {
  const own = attachments.find(({ appId }) => appId === app.id);
  if (own === undefined) return;
  await pool.query('update heroku_resources set config_var = $2 where id = $1 and account_id is not null', [
    resourceId,
    `${own.name}_API_KEY`,
  ]);
}

/** The owner of a team's app is a synthetic address that nobody reads; in its place goes the first admin. */
async function saveOwner(
  { pool }: Dependencies,
  resourceId: string,
  { app, people }: { app: HerokuApp; people: Person[] },
): Promise<void> {
  const candidates = [app.owner?.email, ...people.filter(({ isAdmin }) => isAdmin).map(({ email }) => email)];
  const email = candidates.find((each) => each !== undefined && isMailbox(each)) ?? null;
  await pool.query('update heroku_resources set owner_email = $2 where id = $1 and account_id is not null', [
    resourceId,
    email,
  ]);
}

const isMailbox = (email: string) => email.includes('@') && !/@herokumanager\.com$/i.test(email);

async function saveSyncedAt({ pool }: Dependencies, resourceId: string, at: Date): Promise<void> {
  await pool.query('update heroku_resources set synced_at = $2 where id = $1 and account_id is not null', [
    resourceId,
    at,
  ]);
}

const get = (path: string) => ({ method: 'GET', path }) as const;
