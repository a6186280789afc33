import type { AppSnapshot } from './app-snapshot.ts';

/** How many there must be: exactly so many, or at most. */
export type ExpectedCount = number | { max: number };

/** To how many a message is meant to go. */
export interface Expectation {
  subscriptions?: ExpectedCount | undefined;
  endpoints?: ExpectedCount | undefined;
}

/** Who gets a message, now or after a replay. */
export interface Audience {
  subscriptions: string[];
  endpoints: string[];
}

/** `endpointIds`: those that the message is sent to or held for, by this snapshot of the app. */
export function audienceOf({ endpoints }: Pick<AppSnapshot, 'endpoints'>, endpointIds: string[]): Audience {
  const owners = endpointIds.flatMap((id) => endpoints.get(id)?.subscriptionId ?? []);
  return { subscriptions: [...new Set(owners)], endpoints: endpointIds };
}

/** What of `expected` the audience does not meet. */
export function unmetBy(audience: Audience, expected: Expectation): (keyof Expectation)[] {
  return (['subscriptions', 'endpoints'] as const).filter((what) => {
    const count = expected[what];
    if (count === undefined) return false;
    return typeof count === 'number' ? audience[what].length !== count : audience[what].length > count.max;
  });
}
