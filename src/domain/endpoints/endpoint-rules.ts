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
  url?: string | undefined;
  keepsCredentials?: boolean | undefined;
  rules?: EndpointRuleChanges | undefined;
  retryDelaysSeconds?: number[] | null | undefined;
}

/**
 * The columns of an endpoint's rules after the changes. Of the two forms of a retry schedule, the one that is set takes
 * the other's place. An endpoint that {@link moves} leaves its credentials behind, unless they are to go
 * along: who may change the URL need not be who may see them. Throws InvalidInput as `takeSecrets` does.
 */
export function rulesAfter(
  cipher: Cipher,
  endpoint: Stored & Pick<Endpoint, 'url'>,
  changes: Changes,
): Partial<Endpoint> {
  const { rules = {}, retryDelaysSeconds } = changes;
  const leaves = hasCredentials(endpoint) && changes.keepsCredentials !== true && moves(endpoint, changes);
  const stored = leaves ? withoutCredentials(endpoint) : endpoint;
  const byDelays = retryDelaysSeconds != null && { retry_policy: null };
  const merged = mergeRules<EndpointRules>(stored.rules, { ...byDelays, ...rules });
  const delays = rules.retry_policy != null && { retryDelaysSeconds: null };
  const left = leaves && { ruleSecretsEncrypted: null };
  if (rules.auth === undefined && rules.headers === undefined) return { rules: merged, ...left, ...delays };

  const before = { rules: stored.rules, secrets: secretsOf(cipher, stored) };
  const masked = takeSecrets(merged, before);
  // Sealed anew only when they are others, because each seal is another one and would be a change.
  const isSame = before.secrets !== null && isDeepStrictEqual(masked.secrets, before.secrets);
  const sealed = isSame ? {} : { ruleSecretsEncrypted: seal(cipher, endpoint.id, masked.secrets) };
  return { rules: masked.rules, ...left, ...sealed, ...delays };
}

/** Whether its requests hold credentials of the provider, or may. */
export const hasCredentials = ({ rules }: Pick<Endpoint, 'rules'>): boolean =>
  (rules.auth !== undefined && rules.auth.type !== 'none') || Object.keys(rules.headers ?? {}).length > 0;

/**
 * Whether the change leads to another scheme, host or port, or from or to a Hook Helper, because those of all accounts
 * are at one host; from http to https on the default ports is no move.
 */
export function moves({ url }: Pick<Endpoint, 'url'>, changes: Pick<Changes, 'url'>): boolean {
  if (changes.url === undefined) return false;
  const [before, after] = [URL.parse(url), URL.parse(changes.url)];
  if (helperPath(before) !== helperPath(after)) return true;
  if (before?.origin === after?.origin) return false;
  const isSecured = before?.protocol === 'http:' && after?.protocol === 'https:';
  return !isSecured || before.host !== after.host || after.port !== '';
}

/** The start of a path as a Hook Helper's, however it spells the token; at any host, because ours may have more. */
const helperPath = (url: URL | null) => /^\/r\/[^/]{20,}/i.exec(url?.pathname ?? '')?.[0];

function withoutCredentials({ id, rules }: Stored): Stored {
  const { auth: _auth, headers: _headers, ...rest } = rules;
  return { id, rules: rest, ruleSecretsEncrypted: null };
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
