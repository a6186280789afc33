import { tokenUrlOf } from '#src/domain/outbound-rules/auth.ts';
import type { EndpointRuleChanges } from '#src/domain/outbound-rules/rules.ts';
import { type AddressPolicy, checkUrl } from '#src/infra/outbound/address-policy.ts';
import { InvalidInput } from '#src/infra/lib/errors.ts';
import { withAllProblems } from '#src/infra/lib/with-all-problems.ts';

/** The addresses that we send to for an endpoint; undefined: there is none to check. */
interface Addresses {
  url?: string | undefined;
  rules?: EndpointRuleChanges | undefined;
}

/** Throws InvalidInput that names every address which the policy refuses. */
export function requireUsableUrls(policy: AddressPolicy, { url, rules }: Addresses): void {
  withAllProblems(
    () => requireUsable(policy, url, 'url'),
    () => requireUsable(policy, tokenUrlOf(rules?.auth), 'auth.token_url'),
  );
}

function requireUsable(policy: AddressPolicy, url: string | undefined, path: string): void {
  const message = url === undefined ? undefined : checkUrl(url, policy);
  if (message === undefined) return;
  throw new InvalidInput(`The endpoint's URL cannot be used: ${message}`, { details: [{ path, message }] });
}
