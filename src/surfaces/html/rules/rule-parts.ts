import { appRuleFields, endpointRuleFields } from '#src/domain/outbound-rules/rules.ts';
import type { Capability } from '#src/domain/subscriptions/portal-capabilities.ts';
import { authPart } from './auth.ts';
import { channelsPart } from './channels.ts';
import { coalescePart } from './coalesce.ts';
import { deduplicationPart } from './deduplication.ts';
import { delayPart } from './delay.ts';
import { filterPart } from './filter.ts';
import { informationalHeadersPart } from './informational-headers.ts';
import { orderingPart } from './ordering.ts';
import { rateLimitPart } from './rate-limit.ts';
import { retryPolicyPart } from './retry-policy.ts';
import type { AnyRulePart } from './rule-part.ts';
import { signaturePart } from './signature-choice.ts';
import { headersPart } from './static-headers.ts';
import { userAgentPart } from './user-agent.ts';

/** The rules on pages, in their order there. To add one: a file with its part, and a line here. */
const PARTS: AnyRulePart[] = [
  filterPart,
  channelsPart,
  retryPolicyPart,
  rateLimitPart,
  delayPart,
  orderingPart,
  deduplicationPart,
  coalescePart,
  authPart,
  headersPart,
  signaturePart,
  userAgentPart,
  informationalHeadersPart,
];

/** Those of an endpoint. */
export const RULE_PARTS = PARTS.filter(({ rule }) => rule in endpointRuleFields);

/** Those of an app. */
export const APP_RULE_PARTS = PARTS.filter(({ rule }) => rule in appRuleFields);

const SECRET_PARTS: AnyRulePart[] = [authPart, headersPart, signaturePart];

/** Those that a subscriber sets in the portal whose link has the capabilities. */
export const portalRuleParts = (capabilities: readonly Capability[]): AnyRulePart[] =>
  RULE_PARTS.filter((part) => capabilities.includes('secrets') || !SECRET_PARTS.includes(part));
