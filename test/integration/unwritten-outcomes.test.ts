import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Pool } from 'pg';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import { eventually } from '#test/support/eventually.ts';
import { startTestServer } from '#test/support/server.ts';
import { outcomeOf, workFor, writeLease } from '#test/support/outcomes.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { attempts, pool } = server.container;
const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });

// The moments between an answer and its COMMIT are open to no request, so the test calls the writer.
describe('an outcome that is known and not written yet', { timeout: 20_000 }, () => {
  /** An outcome writer of which each transaction waits for the test. */
  function startSlowly() {
    const begun: PromiseWithResolvers<undefined>[] = [];
    const connect = async () => {
      const gate = Promise.withResolvers<undefined>();
      begun.push(gate);
      await gate.promise;
      return pool.connect();
    };
    const slow = { query: pool.query.bind(pool), connect } as unknown as Pool;
    /** The transaction of that number, when it is about to begin. */
    const nth = async (number: number) => {
      await eventually(`transaction ${String(number)}`, () => begun.length >= number, 10_000);
      return begun[number - 1]!;
    };
    return { nth, slow: new OutcomeWriter({ ...server.container, pool: slow }) };
  }

  test('ends a later lease of its delivery when it is written, not before', async () => {
    const { nth, slow } = startSlowly();
    const work = workFor(subscribed);
    const { lease } = workFor(subscribed);
    await writeLease(server.container, { ...work, lease });
    const writing = slow.write(outcomeOf(work)).then(() => 'written');
    assert.equal(slow.isKnown(work), true);
    const ending = slow.completeKnown(work, lease).then(() => 'ended');
    (await nth(1)).reject(new Error('The database is away'));
    (await nth(2)).resolve(undefined);
    assert.equal(await Promise.race([writing, ending]), 'written');
    (await nth(3)).resolve(undefined);
    await ending;
    assert.equal(slow.isKnown(work), false);
    assert.equal(
      (await attempts.page(subscribed.app, { messageId: work.message.id }, { limit: 50, offset: 0 })).length,
      1,
    );
    const { rowCount } = await pool.query('select from pgboss.job where id = $1', [lease.jobId]);
    assert.equal(rowCount, 0);
  });

  test('is known until the last of that delivery is written', async () => {
    const { nth, slow } = startSlowly();
    const work = workFor(subscribed);
    const first = slow.write(outcomeOf(work));
    const gate = await nth(1);
    const second = slow.write(outcomeOf(work));
    gate.resolve(undefined);
    await first;
    assert.equal(slow.isKnown(work), true);
    (await nth(2)).resolve(undefined);
    await second;
    assert.equal(slow.isKnown(work), false);
  });
});
