import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { deliveriesOf } from '#src/domain/deliveries/deliveries-of-message.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { OutcomeWriter } from '#src/pipeline/settle/outcome-writer.ts';
import type { LeasedDelivery } from '#src/domain/deliveries/pending-delivery.ts';
import { startTestServer } from '#test/support/server.ts';
import { outcomeOf, workFor } from '#test/support/outcomes.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const PATIENCE = { timeout: 20_000 };

// No receiver can make PostgreSQL refuse an outcome, because the sender cleans what it stores. So the test calls the
// writer, in a process that delivers nothing itself.
const server = await startTestServer({ runs: 'web' });
after(() => server[Symbol.asyncDispose]());
const { attempts, pool } = server.container;
const outcomeWriter = new OutcomeWriter(server.container);
const subscribed = await createSubscribedApp(server, { url: 'https://receiver.example/' });

const deliveryOf = async ({ message }: LeasedDelivery) => (await deliveriesOf(pool, message))[0];
const attemptsOf = ({ message }: LeasedDelivery) =>
  attempts.page(subscribed.app, { messageId: message.id }, { limit: 50, offset: 0 });

describe('what PostgreSQL refuses', PATIENCE, () => {
  test('of a time that has no partition costs the attempt, never the state of its delivery', async () => {
    const [ahead, neighbour] = [workFor(subscribed), workFor(subscribed)];
    const farAhead = uuidv7(Date.now() + 3650 * 86_400_000);
    await Promise.all([
      outcomeWriter.write(outcomeOf(ahead, { attempt: { id: farAhead } })),
      outcomeWriter.write(outcomeOf(neighbour)),
    ]);
    assert.equal((await deliveryOf(ahead))?.state, 'delivered');
    assert.equal((await attemptsOf(ahead)).length, 0);
    assert.equal((await attemptsOf(neighbour)).length, 1);
  });

  test('of a response is left out; the outcome and its neighbours are written', async () => {
    const works = Array.from({ length: 3 }, () => workFor(subscribed));
    await Promise.all(
      works.map((work, index) =>
        outcomeWriter.write(
          outcomeOf(work, { attempt: { responseBody: index === 1 ? 'nul \u0000' : 'fine' } }),
        ),
      ),
    );
    const bodies: (string | null | undefined)[] = [];
    for (const work of works) {
      assert.equal((await deliveryOf(work))?.state, 'delivered');
      bodies.push((await attemptsOf(work))[0]?.responseBody);
    }
    assert.deepEqual(bodies, ['fine', null, 'fine']);
  });

  test('of an attempt costs the attempt, never the state of its delivery', async () => {
    const work = workFor(subscribed);
    await outcomeWriter.write(outcomeOf(work, { attempt: { errorMessage: 'nul \u0000' } }));
    assert.equal((await deliveryOf(work))?.state, 'delivered');
    assert.equal((await attemptsOf(work)).length, 0);
  });
});
