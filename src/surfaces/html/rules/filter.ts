import type { RulePart } from './rule-part.ts';

export const filterPart: RulePart<'filter'> = {
  rule: 'filter',
  label: 'Filter',
  hint: 'Which messages are sent; others are ignored, and can be replayed.',
  controls: [
    {
      kind: 'json',
      member: null,
      label: 'Filter as JSON',
      hint: 'Parts are body, headers, event_type and version; each that is given must hold.',
      placeholder: '{ "body": { "amount": { "$gte": 100 } } }',
    },
  ],
  sentence: (filter) => `Sends only what its filter lets pass: ${shortened(JSON.stringify(filter))}`,
};

const MAX_SHOWN = 160;

const shortened = (text: string) => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
