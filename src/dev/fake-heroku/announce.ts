import { randomUUID } from 'node:crypto';
import { type Change, timeOf } from './change.ts';
import type { AddOn, World } from './world.ts';

/** What Heroku remembers of deliveries that are over. */
const REMEMBERED = 200;

export interface Announcement {
  /** `api:app` and so on: what webhooks subscribe to. */
  include: string;
  action: 'create' | 'update' | 'destroy';
  data: object;
  /** The fields that were different before. */
  previousData?: object;
}

/**
 * Puts a delivery down for every webhook of the add-ons that asked for such events: together with the change that it
 * tells of, so that no webhook is lost between them.
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
  forgetOld(world);
  return deliveries.map(({ id }) => id);
}

function forgetOld(world: World): void {
  const over = world.deliveries.filter(({ nextAttemptAtMs }) => nextAttemptAtMs === null);
  const forgotten = new Set(over.slice(0, Math.max(0, over.length - REMEMBERED)).map(({ id }) => id));
  world.deliveries = world.deliveries.filter(({ id }) => !forgotten.has(id));
}
