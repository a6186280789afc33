import { createHmac, randomUUID } from 'node:crypto';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Delivery, Webhook, World } from './world.ts';
import type { WorldStore } from './world-store.ts';

const TIMEOUT_MS = 5000;
/** Attempts of a `sync` delivery at most. */
const MAX_ATTEMPTS = 12;

export interface Delivering {
  store: WorldStore;
  clock: Clock;
  /** Milliseconds between the attempts of a `sync` delivery; doubled each time. */
  retryDelayMs: number;
}

interface Claimed {
  delivery: Delivery;
  webhook: Webhook;
}

/** Makes every due attempt, also of deliveries that another process recorded, and records the outcomes. */
export async function deliverDue(parts: Delivering): Promise<void> {
  const { store, clock } = parts;
  // Read without the lock first, because mostly no delivery is due.
  if (dueIn(await store.read(), clock.now()).length === 0) return;
  const claimed = await store.update((world) => claim(world, clock.now()));
  await Promise.all(
    claimed.map(async (attempt) => {
      const code = await post(attempt);
      await store.update((world) => settle(parts, world, { id: attempt.delivery.id, code }));
    }),
  );
}

function dueIn({ deliveries }: World, nowMs: number): Delivery[] {
  return deliveries.filter(({ nextAttemptAtMs }) => nextAttemptAtMs !== null && nextAttemptAtMs <= nowMs);
}

/**
 * Leases the due deliveries, so that no other process makes the same attempts. When this process dies, they come due
 * again.
 */
function claim(world: World, nowMs: number): Claimed[] {
  return dueIn(world, nowMs).flatMap((delivery) => {
    delivery.attempts += 1;
    delivery.nextAttemptAtMs = nowMs + 2 * TIMEOUT_MS;
    const webhook = world.webhooks.find(({ id }) => id === delivery.webhookId);
    if (webhook === undefined) delivery.nextAttemptAtMs = null;
    return webhook === undefined ? [] : [{ delivery, webhook }];
  });
}

function settle(
  { clock, retryDelayMs }: Delivering,
  world: World,
  { id, code }: { id: string; code: number | null },
) {
  const delivery = world.deliveries.find((candidate) => candidate.id === id);
  const webhook = world.webhooks.find((candidate) => candidate.id === delivery?.webhookId);
  if (delivery === undefined) return;
  const isTaken = code !== null && code >= 200 && code < 300;
  const isRepeated = !isTaken && webhook?.level === 'sync' && delivery.attempts < MAX_ATTEMPTS;
  delivery.lastCode = code;
  delivery.status = isTaken ? 'succeeded' : isRepeated ? 'retrying' : 'failed';
  delivery.nextAttemptAtMs = isRepeated ? clock.now() + retryDelayMs * 2 ** (delivery.attempts - 1) : null;
}

/** The status of the answer; null when none came. */
async function post({ delivery, webhook }: Claimed): Promise<number | null> {
  const { include, ...event } = delivery.event;
  const body = JSON.stringify({
    ...event,
    webhook_metadata: {
      attempt: { id: randomUUID() },
      delivery: { id: delivery.id },
      event: { id: event['id'], include },
      webhook: { id: webhook.id },
    },
  });
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Heroku-Webhooks',
        'Heroku-Webhook-Hmac-SHA256': createHmac('sha256', webhook.secret).update(body).digest('base64'),
        ...(webhook.authorization === null ? {} : { authorization: webhook.authorization }),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return null;
  }
}
