import { z } from 'zod';
import { auth } from './auth.ts';
import { channels } from './channels.ts';
import { coalesce } from './coalesce.ts';
import { deduplication } from './deduplication.ts';
import { delaySeconds } from './delay.ts';
import { filter } from './filter.ts';
import { ALL_INFORMATIONAL_HEADERS, informationalHeaders } from './informational-headers.ts';
import { ordering } from './ordering.ts';
import { rateLimit } from './rate-limit.ts';
import { retryPolicy } from './retry-policy.ts';
import { BOTH_SIGNATURES, signatureChoice } from './signature-choice.ts';
import { staticHeaders } from './static-headers.ts';
import { userAgent } from './user-agent.ts';

/**
 * The outbound rules: fields of an endpoint or an app, stored as the API takes and answers them. A rule that was never
 * set, or was set to null, has no member. To add one: a file with its schema, a line here, and what follows from it.
 */

/** The rules that an app has too, as the default of its endpoints. */
const sharedRuleFields = {
  rate_limit: rateLimit.nullable(),
  retry_policy: retryPolicy.nullable(),
};

export const appRuleFields = {
  ...sharedRuleFields,
  user_agent: userAgent.nullable(),
  informational_headers: informationalHeaders.nullable(),
};

export const endpointRuleFields = {
  ...sharedRuleFields,
  filter: filter.nullable(),
  channels: channels.nullable(),
  delay_seconds: delaySeconds.nullable(),
  coalesce: coalesce.nullable(),
  deduplication: deduplication.nullable(),
  ordering: ordering.nullable(),
  auth: auth.nullable(),
  headers: staticHeaders.nullable(),
  signature: signatureChoice.nullable(),
};

export const anyRuleFields = { ...endpointRuleFields, ...appRuleFields };

/** What is answered in the place of null for a rule that is not set. */
const UNSET: Record<string, unknown> = {
  signature: BOTH_SIGNATURES,
  informational_headers: ALL_INFORMATIONAL_HEADERS,
};

type Fields = Record<string, z.ZodType>;

/** The rules as members of an input: each may be left out. */
export const ruleInputs = <F extends z.core.$ZodLooseShape>(fields: F) =>
  z.strictObject(fields).partial().shape;

type SetRules<F extends Fields> = { [K in keyof F]?: NonNullable<z.output<F[K]>> | undefined };
/** `null` takes a rule away, `undefined` leaves it as it is. */
export type RuleChanges<F extends Fields> = { [K in keyof F]?: z.output<F[K]> | null | undefined };

export type AppRules = SetRules<typeof appRuleFields>;
export type EndpointRules = SetRules<typeof endpointRuleFields>;
export type AnyRules = SetRules<typeof anyRuleFields>;
export type AppRuleChanges = RuleChanges<typeof appRuleFields>;
export type EndpointRuleChanges = RuleChanges<typeof endpointRuleFields>;
export type AnyRuleChanges = RuleChanges<typeof anyRuleFields>;

/** The rules after `changes`. */
export function mergeRules<R extends object>(rules: R, changes: { [K in keyof R]?: R[K] | null }): R {
  const merged = Object.entries({ ...rules, ...withoutUndefined(changes) });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as R;
}

/** The members of `input` that are rules, as changes of them. */
export function pickRules<F extends Fields>(fields: F, input: object): RuleChanges<F> {
  const given = Object.entries(input).filter(([name, value]) => name in fields && value !== undefined);
  return Object.fromEntries(given) as RuleChanges<F>;
}

/** Every rule as the API answers it: null where none is set, unless {@link UNSET} has what then holds. */
export function showRules<F extends Fields>(
  fields: F,
  rules: object,
): { [K in keyof F]: NonNullable<z.output<F[K]>> | null } {
  const shown = Object.keys(fields).map((name) => [
    name,
    (rules as Record<string, unknown>)[name] ?? UNSET[name] ?? null,
  ]);
  return Object.fromEntries(shown) as { [K in keyof F]: NonNullable<z.output<F[K]>> | null };
}

const withoutUndefined = (changes: object) =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
