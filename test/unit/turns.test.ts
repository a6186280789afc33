import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lane } from '../../src/pipeline/lane.ts';
import { Turns } from '../../src/pipeline/turns.ts';
import type { Work } from '../../src/pipeline/work.ts';

const clock = { now: () => 0, monotonicNow: () => 0 };

function addLane(
  turns: Turns,
  accountId: string,
  { endpointId, works }: { endpointId: string; works: number },
): Lane {
  const lane = new Lane({ endpointId, accountId }, clock);
  for (let count = 0; count < works; count += 1) {
    turns.added(accountId, 0);
    lane.push({} as Work);
  }
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
  const turns = new Turns({ maxInFlight: 100, maxPending: 100, maxBytes: 1000 });
  addLane(turns, 'big', { endpointId: 'big 1', works: 3 });
  addLane(turns, 'big', { endpointId: 'big 2', works: 3 });
  addLane(turns, 'small', { endpointId: 'small', works: 2 });
  assert.deepEqual(sendAll(turns), ['big 1', 'small', 'big 2', 'small', 'big 1', 'big 2', 'big 1', 'big 2']);
});

test('an account alone has half, the next half of the rest: there is room for one more', () => {
  const turns = new Turns({ maxInFlight: 64, maxPending: 1000, maxBytes: 1000 });
  const sent = ['one', 'two', 'three'].map((account) => {
    for (let index = 0; index < 10; index += 1) {
      addLane(turns, account, { endpointId: `${account} ${String(index)}`, works: 4 });
    }
    return sendAll(turns).length;
  });
  assert.deepEqual(sent, [32, 16, 8]);
});

test('what ends makes room again', () => {
  const turns = new Turns({ maxInFlight: 4, maxPending: 100, maxBytes: 1000 });
  addLane(turns, 'one', { endpointId: 'a', works: 5 });
  addLane(turns, 'one', { endpointId: 'b', works: 5 });
  assert.equal(sendAll(turns).length, 4);
  turns.ended('one');
  turns.settled('one', 0);
  assert.equal(sendAll(turns).length, 1);
});

test('memory is shared in the same way, by deliveries and by bytes', () => {
  const turns = new Turns({ maxInFlight: 4, maxPending: 1000, maxBytes: 1000 });
  assert.equal(turns.hasRoomFor('one', 500), true);
  assert.equal(turns.hasRoomFor('one', 501), false);
  addLane(turns, 'one', { endpointId: 'a', works: 500 });
  assert.equal(turns.hasRoomFor('one', 1), false);
  assert.deepEqual(turns.fullAccounts(), ['one']);
  assert.equal(turns.hasRoomFor('two', 250), true);
  assert.equal(turns.hasRoomFor('two', 251), false);
  turns.added('two', 600);
  assert.equal(turns.hasRoomFor('two', 100), false);
  assert.equal(turns.hasRoomFor('three', 100), true);
});

test('however many others there are, an account may have a few', () => {
  const turns = new Turns({ maxInFlight: 64, maxPending: 1000, maxBytes: 1000 });
  for (let index = 0; index < 20; index += 1) {
    const account = `account ${String(index)}`;
    for (let lane = 0; lane < 10; lane += 1) {
      addLane(turns, account, { endpointId: `${account} ${String(lane)}`, works: 4 });
    }
    assert.ok(sendAll(turns).length >= 4, account);
    assert.equal(turns.hasRoomFor(`newcomer ${String(index)}`, 32), true);
  }
});

test('a lane whose works were taken away meanwhile can come again', () => {
  const turns = new Turns({ maxInFlight: 4, maxPending: 100, maxBytes: 1000 });
  const lane = addLane(turns, 'one', { endpointId: 'a', works: 1 });
  lane.take();
  turns.settled('one', 0);
  assert.equal(turns.next(), lane);
  turns.ended('one');
  turns.added('one', 0);
  lane.push({} as Work);
  turns.offer(lane);
  assert.equal(turns.next(), lane);
});
