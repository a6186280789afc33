import type { RulePart } from './rule-part.ts';

export const coalescePart: RulePart<'coalesce'> = {
  rule: 'coalesce',
  label: 'Coalescing',
  hint: 'For receivers that need the latest state alone.',
  controls: [
    {
      kind: 'json-select',
      member: null,
      label: 'Messages with a coalesce key',
      options: [
        ['', 'Are all sent'],
        ['true', 'Replace the earlier one with the key that still waits'],
      ],
    },
  ],
  sentence: (coalesces) =>
    coalesces ? 'Sends of waiting messages with the same key the newest alone.' : 'Sends all messages.',
};
