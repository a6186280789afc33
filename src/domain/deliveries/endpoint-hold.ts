import type { PoolClient } from 'pg';

/** An endpoint that asked, by `Retry-After`, to be left alone for so long. */
export interface EndpointHold {
  appId: string;
  endpointId: string;
  /** Who asked: an endpoint that gets another URL is not held by it. */
  url: string;
  seconds: number;
}

/**
 * Tells the other processes, in the transaction that writes the outcomes, which endpoints asked to be left alone. `by`:
 * who tells it, because every process hears it.
 */
export function announceHolds(outcomes: { hold: EndpointHold | null }[], by: string) {
  const longest = new Map<string, EndpointHold>();
  for (const { hold } of outcomes) {
    if (hold === null || hold.seconds <= (longest.get(hold.endpointId)?.seconds ?? 0)) continue;
    longest.set(hold.endpointId, hold);
  }
  return [...longest.values()].map((hold) => async (client: PoolClient) => {
    await client.query(`select pg_notify('endpoint_holds', $1)`, [JSON.stringify({ ...hold, by })]);
  });
}

/** What {@link announceHolds} told; null when it was told by `self`, where the hold is on since the answer came. */
export function readHold(payload: string, self: string): EndpointHold | null {
  const { by, ...hold } = JSON.parse(payload) as EndpointHold & { by: string };
  return by === self ? null : hold;
}
