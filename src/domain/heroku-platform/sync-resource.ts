import { z } from 'zod';
import { removeMembersExcept } from '#src/domain/accounts/member-removal.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { PlatformParts } from './parts.ts';
import { appsOf, type Person, peopleOfApp } from './people.ts';
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

/** An app, as far as we look at it. */
export type HerokuApp = z.infer<typeof appAnswer>;

/**
 * The job that reads names and people at Heroku again. What Heroku refuses is left as it is, and nobody is removed then;
 * what it could not answer now makes the job throw, to be tried again, unless another waits already: while Heroku is away
 * one job waits for each resource, however much is told of it meanwhile.
 */
export async function syncResource(parts: PlatformParts, resourceId: string): Promise<void> {
  const begunAt = new Date(parts.clock.now());
  const accountId = await takeRequest(parts, resourceId);
  if (accountId === null) return;
  try {
    // First: what changes from now on is told to us, so that nothing falls between reading and being told.
    await subscribeToWebhooks(parts, { resourceId, accountId });
    const app = await readNames(parts, resourceId);
    await removeWhoLeft(parts, { resourceId, accountId, app, begunAt });
  } catch (error) {
    if (!(error instanceof PlatformRefused)) {
      if (await takeBackRequest(parts, resourceId)) throw error;
      return;
    }
    parts.logger.info(
      { resource: resourceId, reason: error.message },
      'a resource could not be read at Heroku',
    );
  }
  await noteSynced(parts, resourceId, begunAt);
}

const DAY_MS = 86_400_000;

/** Asks for a sync when the last one is more than a day old: somebody who signs on wants to see today's names. */
export async function syncIfStale(parts: PlatformParts, resourceId: string): Promise<void> {
  const { rowCount } = await parts.pool.query(
    `select from heroku_resources join heroku_authorizations on resource_id = id and state = 'authorized'
     where id = $1 and (synced_at is null or synced_at < $2) and not is_sync_queued`,
    [resourceId, new Date(parts.clock.now() - DAY_MS)],
  );
  if (rowCount === 1) await transaction(parts.pool, (client) => queueSync(client, parts, resourceId));
}

/** From here on another request is a new one: it may be about what this run has read already. */
async function takeRequest({ pool }: PlatformParts, resourceId: string): Promise<string | null> {
  const { rows } = await pool.query<{ account_id: string }>(
    'update heroku_resources set is_sync_queued = false where id = $1 and account_id is not null returning account_id',
    [resourceId],
  );
  return rows[0]?.account_id ?? null;
}

/** The job that is tried again waits like one that was just asked for. False when one was asked for, or the resource is gone. */
async function takeBackRequest({ pool }: PlatformParts, resourceId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'update heroku_resources set is_sync_queued = true where id = $1 and account_id is not null and not is_sync_queued',
    [resourceId],
  );
  return rowCount === 1;
}

async function readNames(parts: PlatformParts, resourceId: string): Promise<HerokuApp> {
  const addon = addonAnswer.parse((await callPlatform(parts, resourceId, get(`/addons/${resourceId}`))).body);
  const path = `/apps/${encodeURIComponent(addon.app.id)}`;
  const app = appAnswer.parse((await callPlatform(parts, resourceId, get(path))).body);
  await updateNames(parts, resourceId, {
    name: addon.name,
    appId: app.id,
    appName: app.name,
    region: app.region?.name ?? null,
  });
  return app;
}

interface Known {
  resourceId: string;
  accountId: string;
  app: HerokuApp;
  begunAt: Date;
}

/**
 * Takes away from whoever has no access at Heroku any more; decided on complete lists of all apps that the resource is
 * attached to, or not at all.
 */
async function removeWhoLeft(
  parts: PlatformParts,
  { resourceId, accountId, app, begunAt }: Known,
): Promise<void> {
  const owners = await peopleOfApp(parts, resourceId, app);
  await noteOwner(parts, resourceId, { app, people: owners });
  const people = [...owners];
  for (const appId of await appsOf(parts, resourceId)) {
    if (appId === app.id) continue;
    const other = appAnswer.parse(
      (await callPlatform(parts, resourceId, get(`/apps/${encodeURIComponent(appId)}`))).body,
    );
    people.push(...(await peopleOfApp(parts, resourceId, other)));
  }
  const removed = await removeMembersExcept(parts.pool, accountId, { people, signedInBefore: begunAt });
  if (removed > 0) parts.logger.info({ resource: resourceId, removed }, 'people lost their access at Heroku');
}

/** Of a team's app the owner is a synthetic address that nobody reads: then the first who administers it. */
async function noteOwner(
  { pool }: PlatformParts,
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

async function noteSynced({ pool }: PlatformParts, resourceId: string, at: Date): Promise<void> {
  await pool.query('update heroku_resources set synced_at = $2 where id = $1 and account_id is not null', [
    resourceId,
    at,
  ]);
}

const get = (path: string) => ({ method: 'GET', path }) as const;
