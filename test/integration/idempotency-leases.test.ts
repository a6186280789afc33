import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import type { KeptAnswer } from '#src/domain/idempotency/idempotent-requests.ts';
import { eventually } from '#test/support/eventually.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { startTestServer } from '#test/support/server.ts';

const clock = createJumpingClock();
const server = await startTestServer({ clock, runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { idempotentRequests } = server.container;
/** A minute is the lease. */
const LONGER_HOURS = 61 / 3600;

describe('when a process was only slow, and another took over after its lease', () => {
  test('what the slow one answers at last is not kept in the other’s place', async () => {
    const { slow, isInUse, isAnsweredBySecond } = await overtaken();
    slow.resolve({ status: 201, text: 'slow' });
    assert.equal((await slow.outcome).answer.text, 'slow');
    await isInUse();
    await isAnsweredBySecond();
  });

  test('that the slow one fails at last does not free the key under the other', async () => {
    const { slow, isInUse, isAnsweredBySecond } = await overtaken();
    slow.reject(new Error('failed'));
    await assert.rejects(slow.outcome, /failed/);
    await isInUse();
    await isAnsweredBySecond();
  });
});

test('a request that takes longer than its lease stays the only one', async () => {
  const { accountId, run } = await sameRequests();
  const long = await run();
  for (let halves = 0; halves < 2; halves += 1) {
    clock.jump(31 / 3600);
    await eventually('renewed', async () => (await leasedUntilMs(accountId)) > clock.now() + 50_000);
    await assert.rejects(run(), { code: 'idempotency_key_in_use' });
  }
  long.resolve({ status: 201, text: 'long' });
  await long.outcome;
  const again = await (await run()).outcome;
  assert.deepEqual([again.answer.text, again.isReplayed], ['long', true]);
});

async function leasedUntilMs(accountId: string): Promise<number> {
  const { rows } = await server.container.pool.query<{ until: Date }>(
    'select leased_until as until from idempotency_keys where account_id = $1',
    [accountId],
  );
  return rows[0]?.until.getTime() ?? 0;
}

/** Begins the same request, as often as it is called. */
async function sameRequests() {
  const { accountId } = await server.createAccount();
  const request = { accountId, key: randomUUID(), fingerprint: hash('sha256', 'same', 'buffer') };
  const run = async () => {
    const { promise, resolve, reject } = Promise.withResolvers<KeptAnswer>();
    const started = Promise.withResolvers<undefined>();
    const outcome = idempotentRequests.once(request, () => {
      started.resolve(undefined);
      return promise;
    });
    await Promise.race([started.promise, outcome]);
    return { resolve, reject, outcome };
  };
  return { accountId, run };
}

async function overtaken() {
  const { run } = await sameRequests();
  const slow = await run();
  clock.jump(LONGER_HOURS);
  const second = await run();
  return {
    slow,
    isInUse: () => assert.rejects(run(), { code: 'idempotency_key_in_use' }),
    isAnsweredBySecond: async () => {
      second.resolve({ status: 201, text: 'second' });
      await second.outcome;
      const later = await (await run()).outcome;
      assert.deepEqual([later.answer.text, later.isReplayed], ['second', true]);
    },
  };
}
