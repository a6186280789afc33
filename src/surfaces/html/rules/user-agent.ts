import type { RulePart } from './rule-part.ts';

export const userAgentPart: RulePart<'user_agent'> = {
  rule: 'user_agent',
  label: 'User agent',
  hint: 'The name in which webhooks are sent.',
  controls: [{ kind: 'text', member: null, label: 'User-Agent', placeholder: 'Acme-Webhooks/2.0' }],
  sentence: (userAgent) => `Sends as ${userAgent}.`,
};
