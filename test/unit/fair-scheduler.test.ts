import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import type { Message } from '#src/domain/messages/message.ts';
import { EndpointLane, type QueuedDelivery } from '#src/pipeline/dispatch/endpoint-lane.ts';
import { FairScheduler } from '#src/pipeline/dispatch/fair-scheduler.ts';

const clock = { now: () => 0, monotonicNow: () => 0 };

interface Setup {
  endpointId: string;
  deliveries: number;
  /** Of the data of each message. */
  characters?: number;
}

const newWork = (characters = 2) =>
  ({
    message: { id: uuidv7(0), deliverAt: null, data: 'x'.repeat(characters) } as Message,
    dueAt: null,
    attemptsMade: 0,
    weight: 1,
  }) as QueuedDelivery;

function addLane(
  scheduler: FairScheduler,
  accountId: string,
  { endpointId, deliveries, characters }: Setup,
): EndpointLane {
  const lane = new EndpointLane({ endpointId, accountId }, { clock, accepts: true });
  for (let count = 0; count < deliveries; count += 1) lane.push(newWork(characters));
  scheduler.schedule(lane);
  return lane;
}

/** Each of them with one delivery that is due for a trial now. */
function addFailingLane(scheduler: FairScheduler, accountId: string, endpointId: string): EndpointLane {
  const at = { ms: 0, now: () => 0, monotonicNow: () => at.ms };
  const lane = new EndpointLane({ endpointId, accountId }, { clock: at, accepts: true });
  for (let count = 0; count < 5; count += 1) {
    lane.push(newWork());
    lane.finish(lane.startNext() as QueuedDelivery, 'overloaded');
  }
  lane.push(newWork());
  at.ms += 1000;
  scheduler.schedule(lane);
  return lane;
}

/** Sends as the dispatcher does, until nothing may be sent; answers the endpoints in their order. */
function sendAll(scheduler: FairScheduler): string[] {
  const order: string[] = [];
  for (let lane = scheduler.next(); lane !== undefined; lane = scheduler.next()) {
    const delivery = lane.startNext();
    assert.ok(delivery !== undefined);
    scheduler.begin(lane, delivery);
    order.push(lane.endpointId);
    scheduler.schedule(lane);
  }
  return order;
}

test('accounts are served round robin, and so are the endpoints of an account', () => {
  const scheduler = new FairScheduler({ maxInFlight: 100 });
  addLane(scheduler, 'big', { endpointId: 'big 1', deliveries: 3 });
  addLane(scheduler, 'big', { endpointId: 'big 2', deliveries: 3 });
  addLane(scheduler, 'small', { endpointId: 'small', deliveries: 2 });
  assert.deepEqual(sendAll(scheduler), [
    'big 1',
    'small',
    'big 2',
    'small',
    'big 1',
    'big 2',
    'big 1',
    'big 2',
  ]);
});

test('an account alone has half of the sends in flight, the next half of the rest: one more always fits', () => {
  const scheduler = new FairScheduler({ maxInFlight: 64 });
  const sent = ['one', 'two', 'three'].map((account) => {
    for (let index = 0; index < 10; index += 1) {
      addLane(scheduler, account, { endpointId: `${account} ${String(index)}`, deliveries: 4 });
    }
    return sendAll(scheduler).length;
  });
  assert.deepEqual(sent, [32, 16, 8]);
});

test('a send that ends frees its place in flight', () => {
  const scheduler = new FairScheduler({ maxInFlight: 4 });
  const lane = addLane(scheduler, 'one', { endpointId: 'a', deliveries: 5 });
  addLane(scheduler, 'one', { endpointId: 'b', deliveries: 5 });
  assert.equal(sendAll(scheduler).length, 4);
  scheduler.end(lane, newWork());
  assert.equal(sendAll(scheduler).length, 1);
});

test('a send of a large message weighs as much as many, so that few bodies are in memory at once', () => {
  const scheduler = new FairScheduler({ maxInFlight: 100 });
  const large = { deliveries: 1, characters: 1024 * 1024 };
  const lanes = Array.from({ length: 10 }, (_, index) =>
    addLane(scheduler, 'one', { endpointId: String(index), ...large }),
  );
  assert.equal(sendAll(scheduler).length, 2);
  addLane(scheduler, 'other', { endpointId: 'small', deliveries: 2 });
  assert.deepEqual(sendAll(scheduler), ['small', 'small'], 'others do not wait for them');
  const [lane] = lanes;
  assert.ok(lane !== undefined);
  scheduler.end(lane, { ...newWork(), weight: 26 });
  assert.deepEqual(sendAll(scheduler), ['2']);
  assert.equal(scheduler.inFlight, 4);
});

test('however many other accounts there are, an account may have a few sends in flight', () => {
  const scheduler = new FairScheduler({ maxInFlight: 64 });
  for (let index = 0; index < 20; index += 1) {
    const account = `account ${String(index)}`;
    for (let lane = 0; lane < 10; lane += 1) {
      addLane(scheduler, account, { endpointId: `${account} ${String(lane)}`, deliveries: 4 });
    }
    assert.ok(sendAll(scheduler).length >= 4, account);
  }
});

test('all accounts together have at most twice the sends that may be in flight', () => {
  const scheduler = new FairScheduler({ maxInFlight: 64 });
  for (let index = 0; index < 50; index += 1) {
    const account = `account ${String(index)}`;
    addLane(scheduler, account, { endpointId: account, deliveries: 4 });
  }
  assert.equal(sendAll(scheduler).length, 128);
  for (let index = 0; index < 50; index += 1) addFailingLane(scheduler, `failing ${String(index)}`, 'a');
  assert.equal(sendAll(scheduler).length, 32, 'and of the part of failing endpoints');
});

test('a lane whose deliveries were spilled meanwhile can be scheduled again', () => {
  const scheduler = new FairScheduler({ maxInFlight: 4 });
  const lane = addLane(scheduler, 'one', { endpointId: 'a', deliveries: 1 });
  lane.startNext();
  assert.equal(scheduler.next(), lane);
  scheduler.release(lane);
  lane.push(newWork());
  scheduler.schedule(lane);
  assert.equal(scheduler.next(), lane);
});

test('endpoints with an open circuit have one send in eight while others wait, and all when none does', () => {
  const scheduler = new FairScheduler({ maxInFlight: 1000 });
  for (let index = 0; index < 6; index += 1) {
    addLane(scheduler, 'well', { endpointId: 'well', deliveries: 4 });
    addFailingLane(scheduler, 'failing', 'failing');
  }
  const order = sendAll(scheduler);
  assert.equal(order.slice(0, 16).filter((name) => name === 'failing').length, 2);
  assert.equal(order.filter((name) => name === 'failing').length, 6);
  assert.equal(order.filter((name) => name === 'well').length, 24);
});

test('endpoints with an open circuit that hang have a small part of the sends in flight, and take none from others', () => {
  const scheduler = new FairScheduler({ maxInFlight: 64 });
  for (let index = 0; index < 100; index += 1) addFailingLane(scheduler, 'one', `failing ${String(index)}`);
  assert.equal(sendAll(scheduler).length, 8);
  for (let index = 0; index < 10; index += 1)
    addLane(scheduler, 'one', { endpointId: 'well', deliveries: 4 });
  assert.equal(sendAll(scheduler).length, 32);
});

test('a lane whose circuit closes while it waits is served as one whose circuit is closed', () => {
  const scheduler = new FairScheduler({ maxInFlight: 64 });
  const lane = addFailingLane(scheduler, 'one', 'a');
  lane.push(newWork());
  lane.finish(lane.startNext() as QueuedDelivery, 'good');
  assert.equal(scheduler.next(), lane);
  assert.equal(lane.isCircuitOpen, false);
  scheduler.begin(lane, newWork());
  assert.equal(scheduler.inFlight, 1);
  scheduler.end(lane, newWork());
  assert.equal(scheduler.inFlight, 0);
});

test('what a transformation made larger weighs more, and waits where that is too much', () => {
  const scheduler = new FairScheduler({ maxInFlight: 100 });
  const lane = addLane(scheduler, 'one', { endpointId: 'a', deliveries: 3 });
  const sent = [1, 2, 3].map(() => {
    assert.equal(scheduler.next(), lane);
    const delivery = lane.startNext();
    assert.ok(delivery !== undefined);
    scheduler.begin(lane, delivery);
    scheduler.schedule(lane);
    return delivery;
  });
  const grown = sent.map((delivery) => scheduler.grow(lane, delivery, 1024 * 1024));
  assert.deepEqual(grown, [true, false, false], 'two of them and a small one weigh 53 of 50');
  for (const delivery of sent) scheduler.end(lane, delivery);
  addLane(scheduler, 'two', { endpointId: 'b', deliveries: 4 });
  for (let index = 0; index < 20; index += 1)
    addLane(scheduler, 'two', { endpointId: `b ${String(index)}`, deliveries: 4 });
  assert.equal(sendAll(scheduler).length, 50, 'all weight is given back');
});
