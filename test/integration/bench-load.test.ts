import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { text } from 'node:stream/consumers';
import { type Child, startChild } from '#src/dev/bench/child.ts';
import type { BareUndiciCalls } from '#src/dev/bench/programs/bare-undici.ts';
import type { LoadCalls } from '#src/dev/bench/programs/load.ts';
import type { ReceiverCalls } from '#src/dev/bench/programs/receiver.ts';

async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    target: { url: `http://127.0.0.1:${String(port)}/messages`, apiKey: 'key', payloadBytes: 300 },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function start<C extends Child>(starting: Promise<C>) {
  const child = await starting;
  return Object.assign(child, { [Symbol.asyncDispose]: () => child.stop() });
}

test('the load numbers its messages, and tells what was accepted from what was refused', async () => {
  await using load = await start(startChild<LoadCalls>('load'));
  const numbers: number[] = [];
  const answer = (response: ServerResponse, body: string) => {
    const { data } = JSON.parse(body) as { data: { n: string } };
    numbers.push(Number(data.n));
    response.writeHead(Number(data.n) % 10 === 0 ? 503 : 201, { 'content-length': '2' }).end('{}');
  };
  await using server = await serve((request, response) => {
    void text(request).then((body) => answer(response, body));
  });
  const pace = { seconds: 60, messages: 100 };
  const posted = await load.call('post', { target: server.target, connections: 4, pace });
  assert.deepEqual(
    { accepted: posted.accepted, refused: posted.refused },
    { accepted: 90, refused: { 503: 10 } },
  );
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index),
  );
  assert.equal(posted.acceptedAtMs[10], 0);
  assert.ok((posted.acceptedAtMs[11] ?? 0) >= (posted.sentAtMs[11] ?? Infinity));
});

test('a steady load does not wait for answers, and counts the wait of those that found no connection', async () => {
  await using load = await start(startChild<LoadCalls>('load'));
  let held: (() => void)[] = [];
  const answerAll = () => {
    for (const answer of held) answer();
    held = [];
  };
  let isOpen = false;
  await using server = await serve((request, response) => {
    request.resume();
    held.push(() => response.writeHead(201, { 'content-length': '0' }).end());
    // Nothing is answered until both connections hang; from then on everything is.
    isOpen ||= held.length === 2;
    if (isOpen) setTimeout(answerAll, 2000);
  });
  const pace = { seconds: 0.1, perSecond: 50 };
  const posted = await load.call('post', { target: server.target, connections: 2, pace });
  assert.equal(posted.accepted, 5);
  // The third was due 40 ms after the first, which was answered after two seconds.
  assert.ok((posted.sentAtMs[2] ?? Infinity) < (posted.acceptedAtMs[0] ?? 0));
});

test('the receiver counts what comes to its run, and lets go of what hangs', async () => {
  await using receiver = await start(startChild<ReceiverCalls>('receiver'));
  await using sender = await start(startChild<BareUndiciCalls>('bare-undici'));
  const origin = `http://127.0.0.1:${String(await receiver.call('port', undefined))}`;
  await receiver.call('begin', { run: 'mine', fanOut: 1 });
  const dispatch = (path: string, connections = 3) =>
    sender.call('dispatch', { url: `${origin}${path}`, payloadBytes: 4096, connections, seconds: 0.25 });

  const { sent } = await dispatch('/mine/0');
  await dispatch('/other/0');
  const { distinct, repeated } = await receiver.call('arrived', { distinct: sent, quietMs: 5000 });
  assert.deepEqual({ distinct, repeated }, { distinct: sent, repeated: 0 });
  assert.ok(sent > 0);
  await dispatch('/mine/0');
  const again = await receiver.call('arrived', { distinct: 0, quietMs: 0 });
  assert.ok(again.repeated > 0);

  const broken = assert.rejects(dispatch('/hang/0', 1), /other side closed|ECONNRESET/);
  const hung = async (): Promise<number> => (await receiver.call('askedSoFar', undefined)).hang || hung();
  assert.equal(await hung(), 1);
  await receiver.call('letGo', undefined);
  await broken;
});
