import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retriesInWords } from '#src/surfaces/html/rules/retry-policy.ts';

test('retries are told with their gaps, and the unit once', () => {
  for (const [delays, sentence] of [
    [[], 'Does not retry.'],
    [[60], 'Retries once, after 1 minute.'],
    [[60, 60], 'Retries twice, after 1 minute each.'],
    [[60, 120, 240], 'Retries 3 times, after 1, 2 and 4 minutes.'],
    [[30, 60], 'Retries twice, after 30 seconds and 1 minute.'],
    [
      [30, 60, 120, 240, 480, 960, 1920],
      'Retries 7 times, after 30 seconds at first and 32 minutes in the end.',
    ],
  ] as const) {
    assert.equal(retriesInWords(delays), sentence);
  }
});

test('retries are told with the answers that they follow on', () => {
  for (const [codes, sentence] of [
    [['500-599', '429'], 'Retries once, after 5 seconds, on 5xx, 429 and network errors.'],
    [['!501'], 'Retries once, after 5 seconds, on every failure but 501.'],
    [['>=500', '!501', '!505'], 'Retries once, after 5 seconds, on 5xx but 501 and 505 and network errors.'],
  ] as const) {
    assert.equal(retriesInWords([5], { response_status_codes: [...codes] }), sentence);
  }
});
