import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { type Api, type ApiAnswer, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { signedInVisitor } from './pages-support.ts';

const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

interface Posted {
  query?: Record<string, string>;
  headers?: Record<string, string>;
  to?: string;
}

interface World {
  api: Api;
  app: Thing;
  subscription: Thing;
  endpointPath: string;
  publish: (body: string | Uint8Array<ArrayBuffer> | null, posted?: Posted) => Promise<ApiAnswer>;
}

async function worldAt(receiver: Receiver | undefined): Promise<World> {
  const api = await apiOfNewAccount(server);
  const { app, subscription, endpoint } = await makeApp(
    api,
    receiver === undefined ? {} : { url: receiver.url },
  );
  return {
    api,
    app,
    subscription,
    endpointPath: `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`,
    publish: async (body, { query = {}, headers = {}, to = app.id } = {}) => {
      const search = new URLSearchParams({ event_type: 'user.created', version: '1.0', ...query });
      const response = await fetch(`${server.url}/api/v1/apps/${to}/publish?${String(search)}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.apiKey}`, ...headers },
        // Bytes, because to a text fetch adds a type.
        body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: JSON.parse(text) as Thing,
        rows: [],
        first: {} as Thing,
      };
    },
  };
}

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
    const answers = await Promise.all([publish(EVERY_BYTE, { query }), publish('other', { query })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 201]);
    const replayed = answers.find(({ status }) => status === 200);
    assert.equal(replayed?.headers.get('idempotent-replayed'), 'true');
    assert.equal(answers[0].text, answers[1].text);
    await publish('after');
    const ids = (await receiver.firstRequests(2)).map(({ headers }) => headers['hostedhooks-event-id']);
    assert.deepEqual(ids.sort(), ['evt_1', undefined].sort());
  });
});

describe('the query says', () => {
  test('whose endpoints get it, by the id or the uid of the subscription', async () => {
    const { api, app, subscription, publish } = await worldAt(undefined);
    await api.post(`/apps/${app.id}/subscriptions`, { name: 'Other', uid: 'other' });
    const counts = { [subscription.id]: 1, other: 0 };
    for (const [name, count] of Object.entries(counts)) {
      const { status, body } = await publish('x', { query: { subscription: name } });
      assert.deepEqual([status, body['deliveries_count']], [201, count]);
    }
    assert.equal((await publish('x')).body['deliveries_count'], 1);
  });

  test("and cannot name another app's or account's subscription", async () => {
    const mine = await worldAt(undefined);
    const strange = await worldAt(undefined);
    const { app: second, subscription: ofSecond } = await makeApp(mine.api);
    for (const id of [strange.subscription.id, ofSecond.id, 'none']) {
      assert.equal((await mine.publish('x', { query: { subscription: id } })).status, 404);
    }
    assert.equal((await mine.publish('x', { to: strange.app.id })).status, 404);
    assert.equal(
      (await mine.publish('x', { to: second.id, query: { subscription: ofSecond.id } })).status,
      201,
    );
  });

  test('what is wrong with it, by its name', async () => {
    const { publish } = await worldAt(undefined);
    const wrong = { event_type: '', version: 'x'.repeat(65), event_id: 'x'.repeat(256), subscription: 'a b' };
    for (const [name, value] of Object.entries(wrong)) {
      const { status, body } = await publish('x', { query: { [name]: value } });
      assert.deepEqual([status, body.details[0]?.path], [422, name]);
    }
    const unknown = await publish('x', { query: { event_type: 'user.never' } });
    assert.deepEqual([unknown.status, unknown.body.code], [422, 'unknown_event_type']);
  });
});

describe('headers that begin with X-Forward-', () => {
  test('go on without it, others do not', async () => {
    await using receiver = await startReceiver();
    const { publish } = await worldAt(receiver);
    const headers = {
      'X-Forward-X-Tenant': 'globex',
      'x-forward-accept': 'a/b',
      'x-other': '1',
      'x-forwarded-for': '1.2.3.4',
    };
    const published = await publish('x', { headers });
    assert.deepEqual(published.body.headers, { 'x-tenant': 'globex', accept: 'a/b' });
    const { headers: arrived } = await receiver.nextRequest();
    assert.deepEqual([arrived['x-tenant'], arrived.accept], ['globex', 'a/b']);
    for (const name of ['x-other', 'x-forwarded-for', 'x-forward-x-tenant', 'authorization']) {
      assert.equal(arrived[name], undefined, name);
    }
  });

  for (const name of [
    'host',
    'content-type',
    'content-length',
    'transfer-encoding',
    'connection',
    'webhook-signature',
    'hostedhooks-signature',
    'http_hostedhooks_signature',
    'proxy-authorization',
    'user-agent',
    '',
  ]) {
    test(`cannot be ${name === '' ? 'without a name' : name}`, async () => {
      const { publish } = await worldAt(undefined);
      const { status, body } = await publish('x', { headers: { [`x-forward-${name}`]: 'x' } });
      assert.deepEqual([status, body.details[0]?.path], [422, 'x-forward-*']);
    });
  }
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
