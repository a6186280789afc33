import { openRuleSecrets } from '#src/domain/endpoints/endpoint-rules.ts';
import { compileRequestRules, type RequestRules } from '#src/domain/outbound-rules/request-rules.ts';
import type { EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import type { Cipher } from '#src/infra/lib/encryption.ts';

interface Stored {
  id: string;
  rules: EndpointRules;
  /** Base64 of what is encrypted; null: the rules have no secrets. */
  ruleSecrets: string | null;
}

/** What the rules of an endpoint make of its requests; the attempts say it when a secret cannot be decrypted. */
export const requestRulesOf = (cipher: Cipher, { id, rules, ruleSecrets }: Stored): RequestRules | null =>
  compileRequestRules(rules, () =>
    openRuleSecrets(cipher, id, ruleSecrets === null ? null : Buffer.from(ruleSecrets, 'base64')),
  );
