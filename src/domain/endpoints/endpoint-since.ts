import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Endpoint } from './endpoint.ts';

// Attempts keep neither URL nor headers, because most are never looked at. So an endpoint keeps since when it has its
// URL, its secret, and what else makes a request: what was tried before says nothing of how it is now.

interface Attempted {
  attemptedAt: Date;
}

/** What tells of an attempt whether its endpoint was changed since. */
export type Since = Pick<Endpoint, 'url' | 'urlSince' | 'secretSince' | 'rulesSince'>;

const COLUMNS = ['version', 'transformationId', 'ruleSecretsEncrypted'] as const;
const RULES = ['auth', 'headers', 'signature'] as const;

/** The columns that say since when, after `values` are set. `EndpointSecrets` sets that of the secret. */
export function sinceAfter(
  endpoint: Endpoint,
  values: Partial<Endpoint>,
  clock: Clock,
): Partial<Pick<Endpoint, 'urlSince' | 'rulesSince'>> {
  const at = new Date(clock.now());
  const isOther = (column: 'url' | (typeof COLUMNS)[number]) =>
    values[column] !== undefined && !isDeepStrictEqual(values[column], endpoint[column]);
  const { rules = endpoint.rules } = values;
  const isOtherRule = (rule: (typeof RULES)[number]) => !isDeepStrictEqual(rules[rule], endpoint.rules[rule]);
  return {
    ...(isOther('url') && { urlSince: at }),
    ...((COLUMNS.some(isOther) || RULES.some(isOtherRule)) && { rulesSince: at }),
  };
}

const isAfter = (since: Date | null | undefined, { attemptedAt }: Attempted): since is Date =>
  since != null && attemptedAt < since;

/** Where an attempt went; null where that is not known, because the URL was changed since. */
export const urlOfAttempt = ({ url, urlSince }: Since, attempt: Attempted): string | null =>
  isAfter(urlSince, attempt) ? null : url;

/** Whether an attempt was sent to another URL, or with other credentials, which nobody knows any more. */
export const isOfBefore = ({ urlSince, rulesSince }: Since, attempt: Attempted): boolean =>
  isAfter(urlSince, attempt) || isAfter(rulesSince, attempt);

/** When the endpoint was last changed, where that was after the attempt; null: a request would be made the same. */
export function changedAfter(
  { urlSince, secretSince, rulesSince }: Since,
  attempt: Attempted,
): { at: Date; isUrl: boolean } | null {
  const [at] = [urlSince, secretSince, rulesSince]
    .filter((since) => isAfter(since, attempt))
    .sort((one, other) => other.getTime() - one.getTime());
  return at === undefined ? null : { at, isUrl: isAfter(urlSince, attempt) };
}
