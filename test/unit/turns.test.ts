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
    turns.added(accountId);
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
  const turns = new Turns({ maxInFlight: 100, maxPending: 100 });
  addLane(turns, 'big', { endpointId: 'big 1', works: 3 });
  addLane(turns, 'big', { endpointId: 'big 2', works: 3 });
  addLane(turns, 'small', { endpointId: 'small', works: 2 });
  assert.deepEqual(sendAll(turns), ['big 1', 'small', 'big 2', 'small', 'big 1', 'big 2', 'big 1', 'big 2']);
});

test('an account alone has half, the next half of the rest: there is room for one more', () => {
  const turns = new Turns({ maxInFlight: 16, maxPending: 1000 });
  const sent = ['one', 'two', 'three'].map((account) => {
    for (let index = 0; index < 10; index += 1) {
      addLane(turns, account, { endpointId: `${account} ${String(index)}`, works: 4 });
    }
    return sendAll(turns).length;
  });
  assert.deepEqual(sent, [8, 4, 2]);
});

test('what ends makes room again', () => {
  const turns = new Turns({ maxInFlight: 4, maxPending: 100 });
  addLane(turns, 'one', { endpointId: 'a', works: 4 });
  assert.equal(sendAll(turns).length, 2);
  turns.ended('one');
  turns.settled('one');
  assert.equal(sendAll(turns).length, 1);
});

test('memory is shared in the same way', () => {
  const turns = new Turns({ maxInFlight: 4, maxPending: 100 });
  assert.equal(turns.hasRoomFor('one', 50), true);
  assert.equal(turns.hasRoomFor('one', 51), false);
  addLane(turns, 'one', { endpointId: 'a', works: 50 });
  assert.equal(turns.hasRoomFor('one', 1), false);
  assert.equal(turns.hasRoomFor('two', 25), true);
  assert.equal(turns.hasRoomFor('two', 26), false);
});

test('a lane whose works were taken away meanwhile can come again', () => {
  const turns = new Turns({ maxInFlight: 4, maxPending: 100 });
  const lane = addLane(turns, 'one', { endpointId: 'a', works: 1 });
  lane.take();
  turns.settled('one');
  assert.equal(turns.next(), lane);
  turns.ended('one');
  turns.added('one');
  lane.push({} as Work);
  turns.offer(lane);
  assert.equal(turns.next(), lane);
});
