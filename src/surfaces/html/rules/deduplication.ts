import { counted } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

export const deduplicationPart: RulePart<'deduplication'> = {
  rule: 'deduplication',
  label: 'Deduplication',
  hint: 'What is the same as an earlier message is ignored, and a replay can send it.',
  controls: [
    { kind: 'number', member: 'window_seconds', label: 'For so many seconds' },
    {
      kind: 'words',
      member: 'include_fields',
      label: 'Compared are only',
      hint: 'Such as body.order.id; blank: all of the message.',
    },
    {
      kind: 'words',
      member: 'exclude_fields',
      label: 'Compared is all but',
      hint: 'Such as body.sent_at; not together with the field before.',
    },
  ],
  sentence: ({ window_seconds: window, include_fields: only, exclude_fields: but }) => {
    const compared = only === undefined ? '' : ` in ${only.join(', ')}`;
    const left = but === undefined ? '' : `, apart from ${but.join(', ')}`;
    return `Ignores what is the same${compared} as an earlier message of ${counted(window, 'second')}${left}.`;
  },
};
