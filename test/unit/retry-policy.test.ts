import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRetryPolicy, type RetryPolicy } from '#src/domain/outbound-rules/retry-policy.ts';

const compiled = (changes: Partial<RetryPolicy>) =>
  compileRetryPolicy({ strategy: 'exponential', interval_seconds: 10, count: 4, ...changes });

test('the gaps double or stay, up to the longest and within the window', () => {
  assert.deepEqual(compiled({}).delaysSeconds, [10, 20, 40, 80]);
  assert.deepEqual(compiled({ strategy: 'linear' }).delaysSeconds, [10, 10, 10, 10]);
  assert.deepEqual(compiled({ max_interval_seconds: 30 }).delaysSeconds, [10, 20, 30, 30]);
  assert.deepEqual(compiled({ window_seconds: 70 }).delaysSeconds, [10, 20, 40]);
  assert.deepEqual(compiled({ count: 0 }).delaysSeconds, []);
  const week = 7 * 24 * 3600;
  const longest = compiled({ count: 50, interval_seconds: week / 2 }).delaysSeconds;
  assert.deepEqual(longest, [week / 2], 'a week is the longest window');
});

test('status codes are tests of which one must hold, less those that are excluded', () => {
  const retried = (...response_status_codes: string[]) => {
    const { retries } = compiled({ response_status_codes });
    return [301, 400, 429, 500, 501, 503, 599].filter(retries);
  };
  assert.deepEqual(retried('>=500'), [500, 501, 503, 599]);
  assert.deepEqual(retried('>=500', '!501'), [500, 503, 599]);
  assert.deepEqual(retried('500-502', '429'), [429, 500, 501]);
  assert.deepEqual(retried('<400'), [301]);
  assert.deepEqual(retried('<=400'), [301, 400]);
  assert.deepEqual(retried('>501'), [503, 599]);
  assert.deepEqual(retried('=503'), [503]);
  assert.deepEqual(retried('!501'), [301, 400, 429, 500, 503, 599], 'only exclusions: all but these');
});
