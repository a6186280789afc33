import { createHmac, randomUUID } from 'node:crypto';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Delivery, Webhook, World } from './world.ts';
import type { WorldStore } from './world-store.ts';

const TIMEOUT_MS = 5000;
/** Of a delivery at level `sync`. A delivery at level `notify` has one attempt. */
const MAX_ATTEMPTS = 12;

export interface Delivering {
  store: WorldStore;
  clock: Clock;
  /** Before the second attempt of a delivery at level `sync`; doubled for each further attempt. */
  retryDelayMs: number;
}

interface LeasedDelivery {
  delivery: Delivery;
  webhook: Webhook;
}

/** Makes the due attempts and records their outcomes, also for deliveries that another process announced. */
export async function deliverDue(parts: Delivering): Promise<void> {
  const { store, clock } = parts;
  // Read without the lock first, because mostly no delivery is due.
  if (dueIn(await store.read(), clock.now()).length === 0) return;
  const leased = await store.update((world) => leaseDue(world, clock.now()));
  await Promise.all(
    leased.map(async (attempt) => {
      const code = await post(attempt);
      await store.update((world) => recordOutcome(parts, world, { id: attempt.delivery.id, code }));
    }),
  );
}

function dueIn({ deliveries }: World, nowMs: number): Delivery[] {
  return deliveries.filter(({ nextAttemptAtMs }) => nextAttemptAtMs !== null && nextAttemptAtMs <= nowMs);
}

/**
 * Leases the due deliveries, so that no other process makes the same attempts. When this process dies, the leases
 * expire and the deliveries come due again.
 */
function leaseDue(world: World, nowMs: number): LeasedDelivery[] {
  return dueIn(world, nowMs).flatMap((delivery) => {
    delivery.attempts += 1;
    delivery.nextAttemptAtMs = nowMs + 2 * TIMEOUT_MS;
    const webhook = world.webhooks.find(({ id }) => id === delivery.webhookId);
    if (webhook === undefined) delivery.nextAttemptAtMs = null;
    return webhook === undefined ? [] : [{ delivery, webhook }];
  });
}

function recordOutcome(
  { clock, retryDelayMs }: Delivering,
  world: World,
  { id, code }: { id: string; code: number | null },
) {
  const delivery = world.deliveries.find((candidate) => candidate.id === id);
  const webhook = world.webhooks.find((candidate) => candidate.id === delivery?.webhookId);
  if (delivery === undefined) return;
  const isSuccess = code !== null && code >= 200 && code < 300;
  const isRetried = !isSuccess && webhook?.level === 'sync' && delivery.attempts < MAX_ATTEMPTS;
  delivery.lastCode = code;
  delivery.status = isSuccess ? 'succeeded' : isRetried ? 'retrying' : 'failed';
  delivery.nextAttemptAtMs = isRetried ? clock.now() + retryDelayMs * 2 ** (delivery.attempts - 1) : null;
}

/** The status of the response; null when none came. */
async function post({ delivery, webhook }: LeasedDelivery): Promise<number | null> {
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
