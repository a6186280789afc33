import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { OutboundError } from '#src/infra/outbound/outcome.ts';
import { createTrustedCaller } from '#src/infra/outbound/trusted-caller.ts';

/** What comes of a call to a service that answers so. */
async function outcomeOf(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const caller = createTrustedCaller({ timeoutMs: 300, maxBytes: 1000 });
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  try {
    return await caller.call({ method: 'GET', url });
  } catch (error) {
    assert.ok(error instanceof OutboundError, String(error));
    return error.outcome;
  } finally {
    await caller.close();
    server.closeAllConnections();
    server.close();
  }
}

test('one deadline is over the whole call, also when the answer never ends', async () => {
  assert.equal(await outcomeOf(() => undefined), 'timeout');
  assert.equal(
    await outcomeOf((_req, res) => {
      res.write('x');
    }),
    'timeout',
  );
});

test('more than the limit is not read, whether it was announced or not', async () => {
  assert.equal(await outcomeOf((_req, res) => void res.end('x'.repeat(2000))), 'too_large');
  assert.equal(
    await outcomeOf((_req, res) => {
      res.write('x'.repeat(900));
      res.end('x'.repeat(900));
    }),
    'too_large',
  );
});

test('a connection that is cut is an outcome, a redirect an answer', async () => {
  assert.equal(await outcomeOf((req) => void req.socket.destroy()), 'reset');
  const redirect = await outcomeOf((_req, res) => void res.writeHead(302, { location: '/other' }).end('no'));
  assert.ok(typeof redirect === 'object');
  assert.deepEqual([redirect.status, redirect.text], [302, 'no']);
});
