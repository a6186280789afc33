import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually } from '#test/support/eventually.ts';
import { ODD_ANSWERS } from '#test/support/odd-answers.ts';
import { startRawReceiver } from '#test/support/raw-receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

/**
 * Beside the answers that are odd from the first byte: those that are too long, which say in their status that it
 * worked.
 */
const LONG_ANSWERS: [name: string, bytes: string][] = [
  ['a body above 1 MB', `HTTP/1.1 202 Accepted\r\n\r\n${'x'.repeat(2_000_000)}`],
  ['headers above 16 KB', `HTTP/1.1 204 No Content\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`],
];

test('whatever form a success has, it is one: delivered at the first attempt, and the endpoint stays on', async () => {
  const answers = [...ODD_ANSWERS, ...LONG_ANSWERS];
  await using receiver = await startRawReceiver(({ head, socket }) => {
    const index = Number(/^POST \/(\d+) /.exec(head)?.[1]);
    socket.write(answers[index]?.[1] ?? '');
  });
  const { endpoints, attempts } = server.container;
  const first = await createSubscribedApp(server, { url: `${receiver.url}/0` });
  const { app, post, subscription } = first;
  const others = await Promise.all(
    answers
      .slice(1)
      .map((_, index) =>
        endpoints.create(subscription, { url: `${receiver.url}/${String(index + 1)}`, version: '1.0' }),
      ),
  );
  await post();
  await post();

  const page = { limit: 100, offset: 0 };
  const made = () => attempts.page(app, {}, page);
  await eventually('all attempted', async () => (await made()).length === 2 * answers.length);
  const all = await made();
  for (const [index, { id }] of [first.endpoint, ...others].entries()) {
    const own = all.filter(({ endpointId }) => endpointId === id);
    const facts = own.map(({ succeeded, attemptNumber, errorMessage }) => [
      succeeded,
      attemptNumber,
      errorMessage,
    ]);
    const name = answers[index]?.[0];
    assert.deepEqual(
      facts,
      [
        [true, 1, ''],
        [true, 1, ''],
      ],
      name,
    );
    assert.equal((await endpoints.getOfApp(app, id)).status, 'active', name);
  }
});
