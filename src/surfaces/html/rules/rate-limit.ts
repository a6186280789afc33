import { counted } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

export const rateLimitPart: RulePart<'rate_limit'> = {
  rule: 'rate_limit',
  label: 'Rate limit',
  hint: 'How fast it is sent to. What is over it waits, and costs no attempt.',
  controls: [
    { kind: 'number', member: 'limit', label: 'At most' },
    {
      kind: 'select',
      member: 'period',
      label: 'Webhooks',
      options: [
        ['second', 'a second'],
        ['minute', 'a minute'],
        ['hour', 'an hour'],
        ['concurrent', 'at once'],
      ],
    },
  ],
  sentence: ({ limit, period }) =>
    `Sends at most ${counted(limit, 'webhook')} ${PERIODS[period]}; others wait.`,
};

const PERIODS = { second: 'a second', minute: 'a minute', hour: 'an hour', concurrent: 'at once' };
