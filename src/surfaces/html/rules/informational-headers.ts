import type { InformationalHeaders } from '#src/domain/outbound-rules/informational-headers.ts';
import { listed } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

const NAMES: Record<keyof InformationalHeaders, string> = {
  delivery: 'Delivery',
  attempt: 'Attempt',
  trigger: 'Trigger',
  event_id: 'Event-Id',
};

export const informationalHeadersPart: RulePart<'informational_headers'> = {
  rule: 'informational_headers',
  label: 'Headers about the delivery',
  hint: 'Which of them are sent, under the prefix of the app.',
  controls: [
    {
      kind: 'json',
      member: null,
      label: 'Sent',
      hint: 'By delivery, attempt, trigger and event_id; those that are not named are sent.',
      placeholder: '{ "trigger": false, "event_id": false }',
    },
  ],
  sentence: (sent) => {
    const left = Object.entries(NAMES).filter(([name]) => !sent[name as keyof InformationalHeaders]);
    return left.length === 0
      ? 'Sends all headers about the delivery.'
      : `Sends no ${listed(left.map(([, header]) => `…-${header}`))}.`;
  },
};
