import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { DELIVERY_STATES, type DeliveryState } from '#src/domain/deliveries/delivery.ts';
import { withPending, type KnownDelivery } from '#src/domain/deliveries/state-sql.ts';
import { TRANSITIONS, WRITERS } from '#src/domain/deliveries/transitions.ts';

const FOLDER = 'src/domain/deliveries/transitions';
/** Fills a database of the benchmark with what the product would have left there. */
const FILLS = 'src/dev/bench/fill-world.ts';
const WRITES = /\b(insert\s+into|update|delete\s+from)\s+deliveries\b/;

describe('transitions', () => {
  test('only the files of the transitions write rows of deliveries, and each of them does', () => {
    const writing = globSync('src/**/*.{ts,sql}')
      .filter((file) => WRITES.test(readFileSync(file, 'utf8')))
      .sort();
    assert.deepEqual(writing, [...Object.keys(WRITERS).map((name) => `${FOLDER}/${name}.ts`), FILLS].sort());
  });

  test('every writer is called by the file that is named for it', () => {
    for (const [name, caller] of Object.entries(WRITERS)) {
      assert.match(readFileSync(`src/${caller}.ts`, 'utf8'), new RegExp(`/transitions/${name}\\.ts'`), name);
    }
  });

  test('every writer has a move, and no other file lies beside them', () => {
    const names = globSync(`${FOLDER}/*`).map((file) => basename(file, '.ts'));
    const moving = new Set(TRANSITIONS.flatMap(({ by }) => by ?? []));
    assert.deepEqual(names.sort(), [...moving].sort());
  });

  test('what is outstanding can end, and what is missed can be sent again', () => {
    for (const [state, { isOutstanding, isMissed }] of Object.entries(DELIVERY_STATES)) {
      const next = new Set(TRANSITIONS.filter(({ from }) => from === state).map(({ to }) => to));
      if (isOutstanding) assert.ok(next.has('delivered') && next.has('failed'), state);
      if (isMissed) assert.ok(next.has('scheduled'), state);
      assert.ok(
        TRANSITIONS.some(({ to }) => to === state),
        `${state} is reached`,
      );
    }
  });
});

describe('the state of a delivery', () => {
  const known = (endpointId: string, state: DeliveryState, isRow: boolean): KnownDelivery => ({
    messageId: 'm',
    endpointId,
    state,
    reason: null,
    attemptsMade: 1,
    nextAttemptAt: null,
    isRow,
  });
  const statesOf = (endpointIds: string[], ...rows: KnownDelivery[]) =>
    Object.fromEntries(
      withPending({ id: 'm', endpointIds, deliverAt: null }, rows).map(({ endpointId, state }) => [
        endpointId,
        state,
      ]),
    );

  test('is due when its message is to be delivered, while it is pending', () => {
    const deliverAt = new Date('2030-01-01');
    const [pending] = withPending({ id: 'm', endpointIds: ['a'], deliverAt }, []);
    assert.equal(pending?.nextAttemptAt, deliverAt);
  });

  test('is pending without a row and without an attempt that succeeded', () => {
    assert.deepEqual(statesOf(['a', 'b']), { a: 'pending', b: 'pending' });
  });

  test('is delivered without a row when an attempt succeeded', () => {
    assert.deepEqual(statesOf(['a', 'b'], known('a', 'delivered', false)), { a: 'delivered', b: 'pending' });
  });

  test('is what the row says, also when an attempt succeeded: a replay of it is to come', () => {
    const both = [known('a', 'scheduled', true), known('a', 'delivered', false)];
    assert.deepEqual(statesOf(['a'], ...both), { a: 'scheduled' });
    assert.deepEqual(statesOf(['a'], ...both.toReversed()), { a: 'scheduled' });
  });

  test('is shown of an endpoint that the message is held for, not of one that got a sample', () => {
    const rows = [known('held', 'held', true), known('sample', 'delivered', false)];
    assert.deepEqual(statesOf(['a'], ...rows), { a: 'pending', held: 'held' });
  });

  test('is shown of an endpoint that the message was held for when a replay has delivered it', () => {
    assert.deepEqual(statesOf(['a'], known('held', 'delivered', true)), { a: 'pending', held: 'delivered' });
  });
});
