import type { AnyRules, AppRules, EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import { retriesInWords, retryPolicyPart } from './retry-policy.ts';
import type { AnyRulePart } from './rule-part.ts';
import { RULE_PARTS } from './rule-parts.ts';

/** The rules of an endpoint, or the app's, and the explicit form of its retries. */
interface Ruled<R> {
  rules: R;
  retryDelaysSeconds?: number[] | null;
}

/** What is set of `parts`, a sentence each: the endpoint's own rules, and the app's where it has none. */
export function ruleSentences(
  endpoint: Ruled<EndpointRules>,
  app: Ruled<AppRules>,
  parts: AnyRulePart[] = RULE_PARTS,
): string[] {
  return parts.flatMap((part) => {
    const own = sentenceOf(part, endpoint);
    if (own !== undefined) return [own];
    const inherited = sentenceOf(part, app);
    return inherited === undefined ? [] : [`${inherited} That is the app’s default.`];
  });
}

function sentenceOf(part: AnyRulePart, { rules, retryDelaysSeconds }: Ruled<AnyRules>): string | undefined {
  const value = rules[part.rule];
  if (value !== undefined) return part.sentence(value);
  const isByDelays = Object.is(part, retryPolicyPart) && retryDelaysSeconds != null;
  return isByDelays ? retriesInWords(retryDelaysSeconds) : undefined;
}
