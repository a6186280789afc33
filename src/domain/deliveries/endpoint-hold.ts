import type { PoolClient } from 'pg';
import type { DeliveryOutcome } from './delivery-outcome.ts';

/** An endpoint that asked, by `Retry-After`, to be left alone for so long. */
export interface EndpointHold {
  accountId: string;
  endpointId: string;
  seconds: number;
}

/** Tells the other processes, in the transaction that writes the outcomes, which endpoints asked to be left alone. */
export function announceHolds(outcomes: DeliveryOutcome[]): ((client: PoolClient) => Promise<void>)[] {
  const holds = new Map<string, EndpointHold>();
  for (const { delivery, holdsForSeconds: seconds } of outcomes) {
    const { endpointId, message } = delivery;
    if (seconds > (holds.get(endpointId)?.seconds ?? 0)) {
      holds.set(endpointId, { accountId: message.accountId, endpointId, seconds });
    }
  }
  return [...holds.values()].map((hold) => async (client) => {
    await client.query(`select pg_notify('endpoint_holds', $1)`, [JSON.stringify(hold)]);
  });
}

export const readHold = (payload: string) => JSON.parse(payload) as EndpointHold;
