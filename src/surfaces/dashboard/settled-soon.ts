import { setTimeout as sleep } from 'node:timers/promises';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import type { Container } from '#src/container.ts';
import type { Message } from '#src/domain/messages/message.ts';

const PATIENCE_MS = 3000;
const PAUSE_MS = 50;

/**
 * Waits until every endpoint of a new message was tried, for a few seconds at most: without script the page does not look
 * again by itself. Most answer at once.
 */
export async function settledSoon({ pool }: Pick<Container, 'pool'>, message: Message): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const deliveries = await deliveriesOf(pool, message);
    if (deliveries.every(({ state }) => state !== 'pending')) return;
    await sleep(PAUSE_MS);
  }
}
