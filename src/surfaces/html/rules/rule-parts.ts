import { appRuleFields } from '#src/domain/outbound-rules/rules.ts';
import { channelsPart } from './channels.ts';
import { filterPart } from './filter.ts';
import { retryPolicyPart } from './retry-policy.ts';
import type { AnyRulePart } from './rule-part.ts';

/** The rules on pages, in their order there. To add one: a file with its part, and a line here. */
export const RULE_PARTS: AnyRulePart[] = [filterPart, channelsPart, retryPolicyPart];

/** Those that an app has too, as the default of its endpoints. */
export const APP_RULE_PARTS = RULE_PARTS.filter(({ rule }) => rule in appRuleFields);

/** Those that subscribers set in the portal. */
export const PORTAL_RULE_PARTS = RULE_PARTS;
