import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { EVERY_BYTE, publishingWorld } from '#test/support/publishing.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor } from '#test/support/pages.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const worldAt = (receiver: Receiver | undefined) => publishingWorld(server, receiver);

/** What is posted as what, and how the API shows it. */
const BODIES: Record<string, { type?: string; body: Buffer; data?: unknown }> = {
  'XML in another charset': {
    type: 'text/xml; charset=iso-8859-1',
    body: Buffer.from('<a>\xe9</a>', 'latin1'),
  },
  'every byte': { type: 'image/png', body: EVERY_BYTE },
  'text with a NUL': { type: 'text/plain', body: Buffer.from('a\0b') },
  'text with a byte order mark': { type: 'text/csv', body: Buffer.from('\ufeffa;b\r\nü;😀\r\n') },
  'nothing, of no type': { body: Buffer.alloc(0) },
  'a form': { type: 'application/x-www-form-urlencoded', body: Buffer.from('a=1&a=%20') },
  multipart: {
    type: 'multipart/form-data; boundary="--x y"',
    body: Buffer.concat([Buffer.from('----x y\r\n\r\n'), EVERY_BYTE, Buffer.from('\r\n----x y--\r\n')]),
  },
  JSON: {
    type: 'application/json',
    body: Buffer.from('{ "b": 1.0,\n "a": 12345678901234567890 }'),
    data: { b: 1, a: 12345678901234567890 },
  },
  'JSON of a kind': {
    type: 'application/cloudevents+json; charset=utf-8',
    body: Buffer.from('[1]'),
    data: [1],
  },
  'JSON that is none': { type: 'application/json', body: Buffer.from('{"a":') },
};

describe('what is published as it is', () => {
  for (const [name, { type, body, data }] of Object.entries(BODIES)) {
    test(`arrives signed, byte for byte and with its type: ${name}`, async () => {
      await using receiver = await startReceiver();
      const { api, app, endpointPath, publish } = await worldAt(receiver);
      const published = await publish(
        body as Buffer<ArrayBuffer>,
        type === undefined ? {} : { headers: { 'content-type': type } },
      );
      assert.equal(published.status, 201);

      const { body: arrived, headers } = await receiver.nextRequest();
      assert.deepEqual(arrived, body);
      assert.equal(headers['content-type'], type ?? 'application/octet-stream');
      const { body: secrets } = await api.get(`${endpointPath}/secret`);
      const sign = (start: string) => createHmac('sha256', secrets.secret).update(`${start}.`).update(body);
      const { 'webhook-id': id, 'webhook-timestamp': at } = headers;
      // Its library reads every body as JSON text.
      const standard = sign(`${String(id)}.${String(at)}`).digest('base64');
      assert.equal(headers['webhook-signature'], `v1,${standard}`);
      const own = sign(String(at)).digest('hex');
      assert.equal(headers['hostedhooks-signature'], `t=${String(at)},s=${own}`);

      const read = await api.get(`/apps/${app.id}/messages/${published.body.id}`);
      assert.equal(read.text, published.text);
      assert.deepEqual(read.body['data'], data ?? null);
      assert.equal(read.body['data_base64'], data === undefined ? body.toString('base64') : null);
      assert.equal(read.body['content_type'], type ?? 'application/octet-stream');
      if (data !== undefined) assert.ok(read.text.includes(`"data":${body.toString()},`));

      const logged = () => api.get(`/apps/${app.id}/webhook_attempts`);
      await eventually('logged', async () => (await logged()).rows.length > 0);
      const { first: attempt } = await logged();
      assert.deepEqual(attempt.payload, data ?? null);
      assert.equal(attempt['payload_base64'], data === undefined ? body.toString('base64') : null);
      assert.equal(attempt.request_headers['content-type'], headers['content-type']);
    });
  }

  test('may be any bytes', async () => {
    await using receiver = await startReceiver();
    const { publish } = await worldAt(receiver);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        assert.equal((await publish(Uint8Array.from(bytes))).status, 201);
        assert.deepEqual((await receiver.nextRequest()).body, Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  test('is the same at a retry, and at a replay', async () => {
    await using receiver = await startReceiver(answer(500));
    const { api, app, endpointPath, publish } = await worldAt(receiver);
    await api.patch(`/apps/${app.id}`, { retry_delays: [1] });
    await publish(EVERY_BYTE, { headers: { 'content-type': 'image/png' } });
    const [first, second] = await receiver.firstRequests(2);
    assert.deepEqual([first?.body, second?.body], [EVERY_BYTE, EVERY_BYTE]);
    assert.equal(second?.headers['hostedhooks-attempt'], '2');
    receiver.behave(answer(200));
    await eventually('off', async () => (await api.get(endpointPath)).body['status'] === 'inactive');
    await api.patch(endpointPath, { status: 'active' });
    assert.equal((await api.post(`${endpointPath}/replay`, {})).status, 202);
    const third = (await receiver.firstRequests(3))[2];
    assert.deepEqual([third?.body, third?.headers['content-type']], [EVERY_BYTE, 'image/png']);
  });

  test('may have a megabyte and no more', async () => {
    const { publish } = await worldAt(undefined);
    const megabyte = Buffer.alloc(1024 * 1024, 255);
    assert.equal((await publish(megabyte)).status, 201);
    assert.equal((await publish(Buffer.concat([megabyte, Buffer.alloc(1)]))).status, 413);
  });

  test('cannot be compressed: what arrived would not be what its type says', async () => {
    const { publish } = await worldAt(undefined);
    assert.equal((await publish('x', { headers: { 'content-encoding': 'gzip' } })).status, 415);
  });

  test('is sent once for each event_id, also when two come at once', async () => {
    await using receiver = await startReceiver();
    const { publish } = await worldAt(receiver);
    const query = { event_id: 'evt_1' };
    const answers = await Promise.all([publish(EVERY_BYTE, { query }), publish(EVERY_BYTE, { query })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 201]);
    const replayed = answers.find(({ status }) => status === 200);
    assert.equal(replayed?.headers.get('idempotent-replayed'), 'true');
    assert.equal(answers[0].text, answers[1].text);
    const others = [publish('other', { query }), publish('text', { query: { ...query, version: '2.0' } })];
    for (const { status, body } of await Promise.all(others)) {
      assert.deepEqual([status, body.code], [409, 'event_id_conflict']);
    }
    await publish('after');
    const ids = (await receiver.firstRequests(2)).map(({ headers }) => headers['hostedhooks-event-id']);
    assert.deepEqual(ids.sort(), ['evt_1', undefined].sort());
  });
});

describe('an export', () => {
  test('holds what was published as the API shows it', async () => {
    const { api, publish } = await worldAt(undefined);
    const { text } = await publish(EVERY_BYTE, { headers: { 'content-type': 'image/png' } });
    const exported = await fetch(`${server.url}/api/v1/export`, {
      headers: { authorization: `Bearer ${api.apiKey}` },
    });
    const lines = (await exported.text()).split('\n').filter((line) => line.startsWith('{"type":"message"'));
    assert.deepEqual(lines, [`{"type":"message",${text.slice(1)}`]);
  });
});

describe('the pages', () => {
  test('show a text as such, and of other things how much there is; it is never served as what it says it is', async () => {
    const visitor = await signedInVisitor(server);
    const { accountId } = visitor;
    const app = await server.container.apps.create(accountId, { name: 'Acme' });
    await server.container.webhookEvents.create(app, { eventType: 'user.created' });
    const target = { accountId, appId: app.id, subscriptionId: null, endpointId: null };
    const fields = {
      target,
      eventType: 'user.created',
      version: '1.0',
      eventId: null,
      overridePayload: true,
      headers: null,
      deliverAt: null,
    };
    const { acceptor } = server.container;
    const text = await acceptor.accept({ ...fields, contentType: 'text/html', dataText: '<b>bold</b>' });
    const bytes = await acceptor.accept({
      ...fields,
      contentType: 'image/png',
      dataText: '',
      dataBytes: EVERY_BYTE,
    });

    const path = (id: string) => `/apps/${app.id}/messages/${id}`;
    const textPage = await visitor.get(path(text.message.id));
    assert.match(textPage.text, /&lt;b&gt;bold/);
    assert.match(textPage.text, /as it came, <code>text\/html<\/code>/);
    assert.match(
      (await visitor.get(`${path(text.message.id)}/payload`)).headers.get('content-type') ?? '',
      /^text\/plain/,
    );
    const bytesPage = await visitor.get(path(bytes.message.id));
    assert.match(bytesPage.text, /256 bytes that are no text/);
    const download = await visitor.get(`${path(bytes.message.id)}/payload`);
    assert.match(download.headers.get('content-disposition') ?? '', /^attachment/);
    assert.equal(download.headers.get('content-type'), 'application/octet-stream');
    assert.match((await visitor.get(`/apps/${app.id}/messages`)).text, /256 bytes of image\/png/);
  });
});
