import { listed } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

export const headersPart: RulePart<'headers'> = {
  rule: 'headers',
  label: 'Headers',
  hint: 'Of every webhook to it. They win over those of a message.',
  controls: [
    {
      kind: 'headers',
      member: null,
      label: 'One a line',
      hint: 'A value in dots is stored as a secret and stays.',
      placeholder: 'X-Tenant: globex',
    },
  ],
  sentence: (headers) => `Adds ${listed(Object.keys(headers))} to each webhook.`,
};
