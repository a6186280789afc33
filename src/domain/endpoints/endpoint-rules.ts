import { isDeepStrictEqual } from 'node:util';
import { putSecrets, type RuleSecrets, takeSecrets } from '#src/domain/outbound-rules/rule-secrets.ts';
import {
  type EndpointRuleChanges,
  type EndpointRules,
  mergeRules,
} from '#src/domain/outbound-rules/rules.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';
import type { Endpoint } from './endpoint.ts';
import { ruleSecretsOwner } from './endpoint-secrets.ts';

type Stored = Pick<Endpoint, 'id' | 'rules' | 'ruleSecretsEncrypted'>;

interface Changes {
  rules?: EndpointRuleChanges | undefined;
  retryDelaysSeconds?: number[] | null | undefined;
}

/**
 * The columns of an endpoint's rules after the changes. Of the two forms of a retry schedule, the one that is set takes
 * the other's place. Throws InvalidInput as `takeSecrets` does.
 */
export function rulesAfter(
  cipher: Cipher,
  endpoint: Stored,
  { rules = {}, retryDelaysSeconds }: Changes,
): Partial<Endpoint> {
  const byDelays = retryDelaysSeconds != null && { retry_policy: null };
  const merged = mergeRules<EndpointRules>(endpoint.rules, { ...byDelays, ...rules });
  const delays = rules.retry_policy != null && { retryDelaysSeconds: null };
  if (rules.auth === undefined && rules.headers === undefined) return { rules: merged, ...delays };

  const before = { rules: endpoint.rules, secrets: secretsOf(cipher, endpoint) };
  const masked = takeSecrets(merged, before);
  // Sealed anew only when they are others, because each seal is another one and would be a change.
  const isSame = before.secrets !== null && isDeepStrictEqual(masked.secrets, before.secrets);
  const sealed = isSame ? {} : { ruleSecretsEncrypted: seal(cipher, endpoint.id, masked.secrets) };
  return { rules: masked.rules, ...sealed, ...delays };
}

/** The columns of the rules of a new endpoint. Throws InvalidInput as `takeSecrets` does. */
export function rulesOfNew(
  cipher: Cipher,
  { id, rules }: { id: string; rules: EndpointRuleChanges },
): Pick<Endpoint, 'rules' | 'ruleSecretsEncrypted'> {
  const masked = takeSecrets(mergeRules<EndpointRules>({}, rules), { rules: {}, secrets: null });
  return { rules: masked.rules, ruleSecretsEncrypted: seal(cipher, id, masked.secrets) };
}

/** The rules with their secrets; with masks where these cannot be decrypted. */
export const revealRules = (cipher: Cipher, endpoint: Stored): EndpointRules =>
  putSecrets(endpoint.rules, secretsOf(cipher, endpoint));

/** Throws when they cannot be decrypted. */
export function openRuleSecrets(cipher: Cipher, endpointId: string, sealed: Buffer | null): RuleSecrets {
  if (sealed === null) return {};
  return JSON.parse(cipher.decrypt(sealed, ruleSecretsOwner(endpointId))) as RuleSecrets;
}

/** Null without any, and when they cannot be decrypted: then new ones can still be set. */
function secretsOf(cipher: Cipher, { id, ruleSecretsEncrypted }: Stored): RuleSecrets | null {
  if (ruleSecretsEncrypted == null) return null;
  try {
    return openRuleSecrets(cipher, id, ruleSecretsEncrypted);
  } catch {
    return null;
  }
}

const seal = (cipher: Cipher, endpointId: string, secrets: RuleSecrets | null) =>
  secrets === null ? null : cipher.encrypt(JSON.stringify(secrets), ruleSecretsOwner(endpointId));
