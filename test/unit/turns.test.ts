import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { Lane, type LaneWork } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { Turns } from '#src/pipeline/dispatch/fair-scheduler.ts';

const clock = { now: () => 0, monotonicNow: () => 0 };

interface Setup {
  endpointId: string;
  works: number;
}

const newWork = () =>
  ({ message: { id: uuidv7(0), deliverAt: null } as Message, dueAt: null, attemptsMade: 0 }) as LaneWork;

function addLane(turns: Turns, accountId: string, { endpointId, works }: Setup): Lane {
  const lane = new Lane({ endpointId, accountId }, clock);
  for (let count = 0; count < works; count += 1) lane.push(newWork());
  turns.offer(lane);
  return lane;
}

/** Each of them with one delivery that is due for a trial now. */
function addFailingLane(turns: Turns, accountId: string, endpointId: string): Lane {
  const at = { ms: 0, now: () => 0, monotonicNow: () => at.ms };
  const lane = new Lane({ endpointId, accountId }, at);
  for (let count = 0; count < 5; count += 1) {
    lane.push(newWork());
    lane.done(lane.take() as LaneWork, 'overloaded');
  }
  lane.push(newWork());
  at.ms += 1000;
  turns.offer(lane);
  return lane;
}

/** Sends as the dispatcher does, until nothing may be sent; answers the endpoints in their order. */
function sendAll(turns: Turns): string[] {
  const order: string[] = [];
  for (let lane = turns.next(); lane !== undefined; lane = turns.next()) {
    lane.take();
    order.push(lane.endpointId);
    turns.offer(lane);
  }
  return order;
}

test('accounts take turns, and so do the endpoints of one', () => {
  const turns = new Turns({ maxInFlight: 100 });
  addLane(turns, 'big', { endpointId: 'big 1', works: 3 });
  addLane(turns, 'big', { endpointId: 'big 2', works: 3 });
  addLane(turns, 'small', { endpointId: 'small', works: 2 });
  assert.deepEqual(sendAll(turns), ['big 1', 'small', 'big 2', 'small', 'big 1', 'big 2', 'big 1', 'big 2']);
});

test('an account alone has half, the next half of the rest: there is room for one more', () => {
  const turns = new Turns({ maxInFlight: 64 });
  const sent = ['one', 'two', 'three'].map((account) => {
    for (let index = 0; index < 10; index += 1) {
      addLane(turns, account, { endpointId: `${account} ${String(index)}`, works: 4 });
    }
    return sendAll(turns).length;
  });
  assert.deepEqual(sent, [32, 16, 8]);
});

test('what ends makes room again', () => {
  const turns = new Turns({ maxInFlight: 4 });
  const lane = addLane(turns, 'one', { endpointId: 'a', works: 5 });
  addLane(turns, 'one', { endpointId: 'b', works: 5 });
  assert.equal(sendAll(turns).length, 4);
  turns.ended(lane, false);
  assert.equal(sendAll(turns).length, 1);
});

test('however many others there are, an account may have a few', () => {
  const turns = new Turns({ maxInFlight: 64 });
  for (let index = 0; index < 20; index += 1) {
    const account = `account ${String(index)}`;
    for (let lane = 0; lane < 10; lane += 1) {
      addLane(turns, account, { endpointId: `${account} ${String(lane)}`, works: 4 });
    }
    assert.ok(sendAll(turns).length >= 4, account);
  }
});

test('however many accounts there are, all together have no more than twice of what may be in flight', () => {
  const turns = new Turns({ maxInFlight: 64 });
  for (let index = 0; index < 50; index += 1) {
    const account = `account ${String(index)}`;
    addLane(turns, account, { endpointId: account, works: 4 });
  }
  assert.equal(sendAll(turns).length, 128);
  for (let index = 0; index < 50; index += 1) addFailingLane(turns, `failing ${String(index)}`, 'a');
  assert.equal(sendAll(turns).length, 32, 'and of the part of failing endpoints');
});

test('a lane whose works were taken away meanwhile can come again', () => {
  const turns = new Turns({ maxInFlight: 4 });
  const lane = addLane(turns, 'one', { endpointId: 'a', works: 1 });
  lane.take();
  assert.equal(turns.next(), lane);
  turns.ended(lane, false);
  lane.push(newWork());
  turns.offer(lane);
  assert.equal(turns.next(), lane);
});

test('failing endpoints have one turn in eight while others want theirs, and all when nobody does', () => {
  const turns = new Turns({ maxInFlight: 1000 });
  for (let index = 0; index < 6; index += 1) {
    addLane(turns, 'well', { endpointId: 'well', works: 4 });
    addFailingLane(turns, 'failing', 'failing');
  }
  const order = sendAll(turns);
  assert.equal(order.slice(0, 16).filter((name) => name === 'failing').length, 2);
  assert.equal(order.filter((name) => name === 'failing').length, 6);
  assert.equal(order.filter((name) => name === 'well').length, 24);
});

test('failing endpoints that hang fill a small part of their own, and take nothing from others', () => {
  const turns = new Turns({ maxInFlight: 64 });
  for (let index = 0; index < 100; index += 1) addFailingLane(turns, 'one', `failing ${String(index)}`);
  assert.equal(sendAll(turns).length, 8);
  for (let index = 0; index < 10; index += 1) addLane(turns, 'one', { endpointId: 'well', works: 4 });
  assert.equal(sendAll(turns).length, 32);
});

test('a lane that is well again while it waits for a turn as a failing one has it as one that is well', () => {
  const turns = new Turns({ maxInFlight: 64 });
  const lane = addFailingLane(turns, 'one', 'a');
  lane.push(newWork());
  lane.done(lane.take() as LaneWork, 'good');
  assert.equal(turns.next(), lane);
  assert.equal(lane.isFailing, false);
  turns.ended(lane, false);
  assert.equal(turns.inFlight, 0);
});
