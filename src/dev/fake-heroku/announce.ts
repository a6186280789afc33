import { randomUUID } from 'node:crypto';
import { type Change, timeOf } from './change.ts';
import type { AddOn, World } from './world.ts';

/** Finished deliveries that are kept, for the list of deliveries. */
const MAX_FINISHED = 200;

export interface Announcement {
  /** The entity that webhooks subscribe to, such as `api:app`. */
  include: string;
  action: 'create' | 'update' | 'destroy';
  data: object;
  /** The changed fields with their previous values. */
  previousData?: object;
}

/**
 * Records a delivery for every webhook of the add-ons that subscribes to the entity, in the same update as the change
 * itself, so that no webhook is lost between the two. Returns the ids of the deliveries.
 */
export function announce(
  { world, nowMs, actor }: Change,
  addOns: AddOn[],
  announcement: Announcement,
): string[] {
  const at = timeOf(nowMs);
  const { include, action, data, previousData = {} } = announcement;
  const ids = new Set(addOns.map(({ uuid }) => uuid));
  const webhooks = world.webhooks.filter(
    (webhook) => ids.has(webhook.addOnId) && webhook.include.includes(include),
  );
  const event = {
    action,
    actor: { email: actor.email, id: actor.id },
    created_at: at,
    data,
    id: randomUUID(),
    include,
    previous_data: previousData,
    published_at: at,
    resource: include.replace(/^api:/, ''),
    sequence: null,
    updated_at: at,
    version: 'application/vnd.heroku+json; version=3',
  };
  const deliveries = webhooks.map((webhook) => ({
    id: randomUUID(),
    webhookId: webhook.id,
    event,
    status: 'pending' as const,
    attempts: 0,
    lastCode: null,
    nextAttemptAtMs: nowMs,
    createdAt: at,
  }));
  world.deliveries.push(...deliveries);
  deleteOldFinished(world);
  return deliveries.map(({ id }) => id);
}

function deleteOldFinished(world: World): void {
  const finished = world.deliveries.filter(({ nextAttemptAtMs }) => nextAttemptAtMs === null);
  const old = new Set(finished.slice(0, Math.max(0, finished.length - MAX_FINISHED)).map(({ id }) => id));
  world.deliveries = world.deliveries.filter(({ id }) => !old.has(id));
}
