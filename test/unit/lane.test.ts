import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lane } from '../../src/pipeline/lane.ts';
import type { Work } from '../../src/pipeline/work.ts';

function lane(waiting: number) {
  const clock = { ms: 0, now: () => 0, monotonicNow: () => clock.ms };
  const subject = new Lane({ endpointId: 'endpoint', accountId: 'account' }, clock);
  const works = Array.from({ length: waiting }, (_, index) => ({ attemptsMade: index }) as Work);
  for (const work of works) subject.push(work);
  return { clock, lane: subject, works };
}

const takeAll = (subject: Lane) => {
  const taken: Work[] = [];
  for (let work = subject.take(); work !== undefined; work = subject.take()) taken.push(work);
  return taken;
};

test('it sends in order, and one more at a time with every good answer', () => {
  const { lane: subject, works } = lane(2000);
  let taken = takeAll(subject);
  assert.deepEqual(taken, works.slice(0, 4));
  for (const expected of [8, 16, 32, 32]) {
    for (const work of taken) subject.done(work, 'good');
    taken = takeAll(subject);
    assert.equal(taken.length, expected);
  }
});

test('the window halves with every timeout or 5xx, down to one', () => {
  const { lane: subject } = lane(100);
  const taken = takeAll(subject);
  for (const work of taken) subject.done(work, 'overloaded');
  assert.equal(takeAll(subject).length, 1);
});

test('what was not sent says nothing about the receiver', () => {
  const { lane: subject } = lane(100);
  for (const work of takeAll(subject)) subject.done(work, 'unsent');
  assert.equal(takeAll(subject).length, 4);
});

test('it is empty when nothing waits and nothing is under way', () => {
  const { lane: subject } = lane(1);
  const [work] = takeAll(subject);
  assert.equal(subject.isEmpty, false);
  subject.done(work as Work, 'good');
  assert.equal(subject.isEmpty, true);
});

test('a quick receiver may have any number waiting', () => {
  const { clock, lane: subject } = lane(3000);
  takeAll(subject);
  clock.ms += 900;
  assert.deepEqual(subject.shed(), []);
});

test('a receiver that hangs gets nothing more, and keeps one window of what waits, the oldest', () => {
  const { clock, lane: subject, works } = lane(100);
  const [first, second] = takeAll(subject);
  clock.ms += 1000;
  assert.deepEqual(subject.shed(), works.slice(8));
  assert.equal(subject.waiting, 4);
  subject.done(first as Work, 'overloaded');
  assert.equal(subject.canSend, false);
  subject.done(second as Work, 'overloaded');
  assert.equal(subject.canSend, false);
});
