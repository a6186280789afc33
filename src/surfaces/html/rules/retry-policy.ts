import { compileRetryPolicy, type RetryPolicy } from '#src/domain/outbound-rules/retry-policy.ts';
import { counted, durationInWords, listed } from '#src/infra/lib/in-words.ts';
import type { RulePart } from './rule-part.ts';

/** So many gaps are listed; of more, the first and the last. */
const SHOWN_DELAYS = 6;

export const retryPolicyPart: RulePart<'retry_policy'> = {
  rule: 'retry_policy',
  label: 'Retries',
  hint: 'When a failed attempt is made again.',
  controls: [
    {
      kind: 'select',
      member: 'strategy',
      label: 'The gap between attempts',
      options: [
        ['', 'Not set'],
        ['exponential', 'Doubles each time'],
        ['linear', 'Stays the same'],
      ],
    },
    { kind: 'number', member: 'count', label: 'How many retries' },
    { kind: 'number', member: 'interval_seconds', label: 'First gap, in seconds' },
    { kind: 'number', member: 'max_interval_seconds', label: 'Longest gap, in seconds' },
    { kind: 'number', member: 'window_seconds', label: 'Give up after, in seconds' },
    {
      kind: 'words',
      member: 'response_status_codes',
      label: 'Only after these answers',
      hint: 'Like >=500, 429 or !501; blank: after all that fail. Network errors are always retried.',
    },
  ],
  sentence: (policy) => retriesInWords(compileRetryPolicy(policy).delaysSeconds, policy),
};

/** For example "Retries 4 times, after 1, 2, 4 and 8 minutes, on 5xx and network errors." */
export function retriesInWords(
  delaysSeconds: readonly number[],
  { response_status_codes: codes }: Pick<RetryPolicy, 'response_status_codes'> = {},
): string {
  const count = delaysSeconds.length;
  if (count === 0) return 'Does not retry.';
  const times = count === 1 ? 'once' : count === 2 ? 'twice' : counted(count, 'time');
  const answers = codes === undefined ? '' : `, ${onAnswers(codes)}`;
  return `Retries ${times}, after ${gapsInWords(delaysSeconds)}${answers}.`;
}

/** The unit is said once where all gaps have the same. */
function gapsInWords(delaysSeconds: readonly number[]): string {
  const words = delaysSeconds.map(durationInWords);
  const [first = '', last = ''] = [words[0], words.at(-1)];
  if (words.every((word) => word === first)) return words.length === 1 ? first : `${first} each`;
  if (words.length > SHOWN_DELAYS) return `${first} at first and ${last} in the end`;
  const units = words.map((word) => word.replace(/^\S+ /, '').replace(/s$/, ''));
  const isAlike = units.every((unit) => unit === units[0]);
  return listed(words.map((word, index) => (isAlike && index < words.length - 1 ? numberOf(word) : word)));
}

const numberOf = (word: string) => word.replace(/ .*/, '');

function onAnswers(codes: string[]): string {
  const excluded = codes.filter((code) => code.startsWith('!')).map((code) => code.slice(1));
  const included = codes.filter((code) => !code.startsWith('!')).map(codeInWords);
  const but = excluded.length === 0 ? '' : ` but ${listed(excluded)}`;
  if (included.length === 0) return `on every failure${but}`;
  return `on ${included.join(', ')}${but} and network errors`;
}

/** For example "5xx", "429". */
function codeInWords(code: string): string {
  if (code === '>=500') return '5xx';
  return code.replace(/^(\d)00-\1(?:99)$/, '$1xx');
}
