import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitJobs } from '#src/pipeline/fetch/split-jobs.ts';
import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';

const ofMessages = (appId: string, ...messageIds: string[]) => ({ accountId: 'account', appId, messageIds });
const ofDelivery = (messageId: string, endpointId: string, accountId = 'account'): DeliveryJobData => ({
  deliveries: [
    { accountId, appId: 'app', messageId, endpointId, attemptsMade: 1, dueAt: '', trigger: 'automatic' },
  ],
});
const bytes = new Map([
  ['a', 10],
  ['b', 10],
  ['c', 10],
]);

test('what fits is taken on now; the rest of a job later', () => {
  const jobs = [{ messages: [ofMessages('one', 'a', 'b'), ofMessages('two', 'c')] }];
  assert.deepEqual(splitJobs(jobs, { bytes, maxBytes: 30 }), { now: jobs, later: [] });
  assert.deepEqual(splitJobs(jobs, { bytes, maxBytes: 10 }), {
    now: [{ messages: [ofMessages('one', 'a')] }],
    later: [{ messages: [ofMessages('one', 'b'), ofMessages('two', 'c')] }],
  });
});

test('one message is always taken on, however large', () => {
  const { now, later } = splitJobs([{ messages: [ofMessages('one', 'a', 'b')] }], { bytes, maxBytes: 1 });
  assert.deepEqual(now, [{ messages: [ofMessages('one', 'a')] }]);
  assert.deepEqual(later, [{ messages: [ofMessages('one', 'b')] }]);
});

test('deliveries of one message count its body once, and stay together', () => {
  const jobs = [ofDelivery('a', 'first'), ofDelivery('b', 'first'), ofDelivery('a', 'second')];
  const { now, later } = splitJobs(jobs, { bytes, maxBytes: 10 });
  const named = (data: DeliveryJobData[]) =>
    data.map(({ deliveries = [] }) =>
      deliveries.map(({ messageId, endpointId }) => `${messageId} ${endpointId}`),
    );
  assert.deepEqual(named(now), [['a first', 'a second']]);
  assert.deepEqual(named(later), [['b first']]);
});

test('single deliveries are put together by account, a hundred at most', () => {
  const jobs = [
    ...Array.from({ length: 120 }, (_, index) => ofDelivery(`message ${String(index)}`, 'first')),
    ofDelivery('a', 'first', 'another account'),
  ];
  const { now } = splitJobs(jobs, { bytes, maxBytes: 1000 });
  assert.deepEqual(
    now.map(({ deliveries = [] }) => deliveries.length),
    [100, 20, 1],
  );
});

test('messages that come in a job each are put together by account, a hundred at most, of an app in one group', () => {
  const single = (accountId: string, appId: string, messageId: string): DeliveryJobData => ({
    messages: [{ accountId, appId, messageIds: [messageId] }],
  });
  const jobs = Array.from({ length: 90 }, (_, index) => [
    single('account', 'one', `one ${String(index)}`),
    single('account', 'two', `two ${String(index)}`),
    single('another account', 'three', `three ${String(index)}`),
  ]).flat();
  const { now } = splitJobs(jobs, { bytes, maxBytes: 1000 });
  const sizes = now.map(({ messages = [] }) =>
    messages.map(({ accountId, appId, messageIds }) => [accountId, appId, messageIds.length]),
  );
  assert.deepEqual(sizes, [
    [
      ['account', 'one', 50],
      ['account', 'two', 50],
    ],
    [
      ['account', 'one', 40],
      ['account', 'two', 40],
    ],
    [['another account', 'three', 90]],
  ]);
});

test('what may have been sent is kept apart from what was not, and keeps its mark', () => {
  const bytes = new Map(['a', 'b', 'c', 'd'].map((id) => [id, 10]));
  const jobs = [
    { messages: [ofMessages('one', 'a', 'b')], mayHaveBeenSent: true as const },
    { messages: [ofMessages('one', 'c')] },
    { messages: [ofMessages('one', 'd')], mayHaveBeenSent: true as const },
  ];
  const { now, later } = splitJobs(jobs, { bytes, maxBytes: 20 });
  assert.deepEqual(now, [{ messages: [ofMessages('one', 'a', 'b')], mayHaveBeenSent: true }]);
  assert.deepEqual(later, [
    { messages: [ofMessages('one', 'd')], mayHaveBeenSent: true },
    { messages: [ofMessages('one', 'c')] },
  ]);
});
