import type { ReceivedRequest } from './received-request.ts';

/** How often each attempt of each delivery arrived, by `delivery/attempt`. More than once is a duplicate. */
export function arrivalsByAttempt(requests: ReceivedRequest[]): Map<string, number> {
  const arrivals = new Map<string, number>();
  for (const { headers } of requests) {
    const key = `${String(headers['hostedhooks-delivery'])}/${String(headers['hostedhooks-attempt'])}`;
    arrivals.set(key, (arrivals.get(key) ?? 0) + 1);
  }
  return arrivals;
}

/** Arrivals that should not have been. */
export function duplicatesIn(requests: ReceivedRequest[]): number {
  return requests.length - arrivalsByAttempt(requests).size;
}

/** Those of `messageIds` that never arrived. */
export function missingFrom(requests: ReceivedRequest[], messageIds: Iterable<string>): string[] {
  const arrived = new Set(requests.map(({ headers }) => headers['webhook-id']));
  return [...messageIds].filter((id) => !arrived.has(id));
}
