import type { RulePart } from './rule-part.ts';

export const orderingPart: RulePart<'ordering'> = {
  rule: 'ordering',
  label: 'Order',
  hint: 'Messages with an ordering key are in order among those with the same key.',
  controls: [
    {
      kind: 'select',
      member: null,
      label: 'Webhooks are sent',
      options: [
        ['', 'As they come'],
        ['fifo', 'One at a time, in the order of acceptance'],
      ],
    },
  ],
  sentence: (ordering) =>
    ordering === 'fifo'
      ? 'Sends one at a time, in the order of acceptance; one that fails holds up those behind it.'
      : 'Sends as they come.',
};
