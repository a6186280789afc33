import { durationInWords } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

export const delayPart: RulePart<'delay_seconds'> = {
  rule: 'delay_seconds',
  label: 'Delay',
  hint: 'How long after a message was accepted its first attempt is made.',
  controls: [{ kind: 'number', member: null, label: 'Seconds, up to 86,400' }],
  sentence: (seconds) =>
    seconds === 0 ? 'Sends at once.' : `Waits ${durationInWords(seconds)} before the first attempt.`,
};
