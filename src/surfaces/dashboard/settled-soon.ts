import { setTimeout as sleep } from 'node:timers/promises';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Container } from '#src/container.ts';
import type { Message } from '#src/domain/messages/message.ts';

const TIMEOUT_MS = 3000;
const POLL_MS = 50;

/**
 * Polls until no delivery of a new message is pending, for three seconds at most, because without script the page does
 * not reload by itself. Most endpoints answer at once.
 */
export async function settledSoon({ pool }: Pick<Container, 'pool'>, message: Message): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (performance.now() < deadline) {
    const deliveries = await deliveriesOf(pool, message);
    if (deliveries.every(({ state }) => state !== 'pending')) return;
    await sleep(POLL_MS);
  }
}
