import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lane } from '../../src/pipeline/lane.ts';
import type { Work } from '../../src/pipeline/work.ts';

function lane(waiting: number) {
  const clock = { ms: 0, now: () => clock.ms };
  const subject = new Lane('endpoint', clock);
  const works = Array.from({ length: waiting }, (_, index) => ({ attemptsMade: index }) as Work);
  for (const work of works) subject.push(work);
  return { clock, lane: subject, works };
}

const takeAll = (subject: Lane) => {
  const taken: Work[] = [];
  for (let work = subject.take(); work !== undefined; work = subject.take()) taken.push(work);
  return taken;
};

test('it sends in order, 32 at a time', () => {
  const { lane: subject, works } = lane(40);
  const taken = takeAll(subject);
  assert.deepEqual(taken, works.slice(0, 32));
  assert.equal(subject.canSend, false);
  subject.done(taken[0] as Work);
  assert.equal(subject.take(), works[32]);
});

test('it is empty when nothing waits and nothing is under way', () => {
  const { lane: subject } = lane(1);
  const [work] = takeAll(subject);
  assert.equal(subject.isEmpty, false);
  subject.done(work as Work);
  assert.equal(subject.isEmpty, true);
});

test('a quick receiver may have any number waiting', () => {
  const { clock, lane: subject } = lane(3000);
  const taken = takeAll(subject);
  clock.ms += 900;
  for (const work of taken) subject.done(work);
  assert.deepEqual(subject.shed(), []);
});

test('a receiver that hangs keeps one window of what waits, the oldest; the rest is given up', () => {
  const { clock, lane: subject, works } = lane(100);
  takeAll(subject);
  clock.ms += 1000;
  assert.deepEqual(subject.shed(), works.slice(64));
  assert.equal(subject.waiting, 32);
  assert.deepEqual(subject.shed(), []);
});
