import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { derivedId } from '#src/imports/derived-id.ts';
import { uuidv7 } from '#src/lib/ids.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '../support/api.ts';
import { countedMessages, putOnPlan } from '../support/quotas.ts';
import { answer } from '../support/behaviours.ts';
import { eventually } from '../support/eventually.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Line {
  type: string;
  id?: string;
  [member: string]: unknown;
}

describe('an import', () => {
  let server: TestServer;
  let receiver: Receiver;
  let from: Api;
  let file: string;

  before(async () => {
    server = await startTestServer();
    receiver = await startReceiver(({ request, response }) => {
      answer(request.path === '/bad' ? 500 : 200)({ request, response, socket: response.socket!, index: 0 });
    });
    from = await apiOfNewAccount(server);
    await makeWorld();
    file = await exportOf(from);
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await receiver.close();
  });

  test('into a fresh account, exported again, is the same but for ids', async () => {
    const to = await apiOfNewAccount(server);
    const sent = receiver.requests.length;
    const { status, body } = await send(to, file);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.complete, body.problems, body.existing], [true, [], {}]);
    assert.deepEqual(await linesFor(to), linesAs(to.accountId));
    assert.equal(receiver.requests.length, sent, 'nothing is sent');
    assert.equal(messagesOf((await to.get('/account')).body), 2, 'both can be replayed where they failed');

    const again = await send(to, file);
    assert.deepEqual([again.body.imported, again.body.problems], [{}, []]);
    assert.deepEqual(again.body.existing, body.imported);
    assert.deepEqual(await linesFor(to), linesAs(to.accountId));
    assert.equal(messagesOf((await to.get('/account')).body), 2, 'counted once');
  });

  test('into the account that it came from changes nothing', async () => {
    const before = await countedMessages(server, from.accountId);
    const { body } = await send(from, file);
    assert.deepEqual([body.imported, body.changed_ids_count, body.problems], [{}, 0, []]);
    assert.equal(await countedMessages(server, from.accountId), before);
  });

  test('keeps ids that are free', async () => {
    await using other = await startTestServer({ runs: 'web' });
    const to = await apiOfNewAccount(other);
    const response = await fetch(`${other.url}/api/v1/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${to.apiKey}` },
      body: file,
    });
    const body = (await response.json()) as Summary;
    assert.deepEqual([body.changed_ids_count, body.problems], [0, []]);
    const { rows } = await other.container.pool.query<{ id: string }>('select id from messages order by id');
    assert.deepEqual(
      rows.map(({ id }) => id),
      parsed(file)
        .filter(({ type }) => type === 'message')
        .map(({ id }) => id),
    );
  });

  test('that was cut says so, and goes on when the whole is sent', async () => {
    const to = await apiOfNewAccount(server);
    const cut = await send(to, file.slice(0, file.length / 2));
    assert.equal(cut.status, 200);
    assert.equal(cut.body.complete, false);
    assert.match(cut.body.problems.at(-1)?.message ?? '', /without its last line/);
    const whole = await send(to, file);
    assert.deepEqual([whole.body.complete, whole.body.problems], [true, []]);
    assert.deepEqual(await linesFor(to), linesAs(to.accountId));
  });

  test('passes over what was made at no time that a plan keeps, and makes no partitions for it', async () => {
    const to = await apiOfNewAccount(server);
    const { pool } = server.container;
    await putOnPlan(server, to.accountId, 'hobby');
    server.container.quota.forget(to.accountId);
    const partitions = async () =>
      (await pool.query(`select from pg_inherits where inhparent = 'messages'::regclass`)).rowCount;
    const before = await partitions();
    const lines = parsed(file);
    const kept = lines.findIndex(({ type }) => type === 'message');
    const DAY_MS = 86_400_000;
    const madeAt = (type: string, days: number) => ({
      ...lines.find((line) => line.type === type)!,
      id: uuidv7(Date.now() + days * DAY_MS),
      event_id: null,
    });
    const absurd = [2, 400_000, -91, -20_000].flatMap((days) => [
      madeAt('message', days),
      madeAt('attempt', days),
    ]);
    // Another plan would have kept these.
    const old = [madeAt('message', -4), madeAt('attempt', -89)];
    lines.splice(kept, 0, ...absurd, ...old);
    const { status, body } = await send(to, lines.map((line) => JSON.stringify(line)).join('\n'));
    assert.equal(status, 200);
    assert.deepEqual(
      body.problems.map(({ line }) => line),
      absurd.map((_, index) => kept + 1 + index),
    );
    assert.match(body.problems[0]?.message ?? '', /made at 20\S+Z, which is yet to come/);
    assert.match(body.problems[4]?.message ?? '', /made at 20\S+Z, which is longer ago than any plan keeps/);
    assert.deepEqual([body.skipped, body.imported['message']], [{ message: 1, attempt: 1 }, 2]);
    assert.equal(await partitions(), before);
  });

  test('names the lines that it passed over, and takes the others', async () => {
    const to = await apiOfNewAccount(server);
    const lines = file.split('\n');
    const at = lines.findIndex((line) => line.includes('"type":"subscription"'));
    lines.splice(at, 0, '{', '{"type":"nonsense"}', '{"type":"subscription","id":"5"}');
    const { body } = await send(to, lines.join('\n'));
    assert.deepEqual(
      body.problems.map(({ line }) => line),
      [at + 1, at + 2, at + 3],
    );
    assert.equal(body.imported['endpoint'], 2);
  });

  test('that is no export is refused', async () => {
    assert.equal((await send(from, 'text')).status, 400);
    for (const text of ['', '{"type":"app"}', '{"type":"header","format":"x","version":1}\n']) {
      assert.equal((await send(from, text)).status, 422, text);
    }
  });

  test('ends at the first endpoint that the plan has no room for', async () => {
    const to = await apiOfNewAccount(server);
    const { pool } = server.container;
    await pool.query(`update accounts set plan = 'hobby' where id = $1`, [to.accountId]);
    const { body: app } = await to.post('/apps', { name: 'Full' });
    const { body: subscription } = await to.post(`/apps/${app.id}/subscriptions`, { name: 'Full' });
    await pool.query(
      `insert into endpoints (id, account_id, app_id, subscription_id, url, version, secret_encrypted)
       select gen_random_uuid(), $1, $2, $3, '', '1', '' from generate_series(1, 99)`,
      [to.accountId, app.id, subscription.id],
    );
    const { status, body } = await send(to, file);
    assert.equal(status, 402);
    assert.match(
      (body as unknown as Error).message,
      /hobby allows 100 endpoints.*before line \d+ of the file/,
    );
  });

  test('holds its lines to what the API takes: none of them breaks it off, or is kept', async () => {
    const to = await apiOfNewAccount(server);
    const lines = parsed(file);
    const of = (type: string) => lines.find((line) => line.type === type)!;
    const [app, event, subscription, endpoint] = [
      of('app'),
      of('webhook_event'),
      of('subscription'),
      of('endpoint'),
    ];
    const other = { ...app, id: uuidv7(Date.now()), uid: null };
    const bad = [
      { ...event, versions: 'none' },
      { ...event, versions: Array.from({ length: 51 }, (_, n) => ({ version: String(n), schema: null })) },
      { ...event, sample_payload: 'x'.repeat(70_000) },
      { ...event, schema: { description: 'x'.repeat(70_000) } },
      { ...endpoint, retry_delays: Array.from({ length: 21 }, () => 0) },
      { ...endpoint, enabled_events: Array.from({ length: 100_000 }, () => '') },
      { ...of('message'), headers: { host: 'internal.example' } },
      { ...of('message'), content_type: 'text/plain\r\nx: y' },
      {
        ...of('attempt'),
        response_headers: Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [n, 1])),
      },
      { ...app, header_prefix: 'no prefix' },
      { ...app, header_prefix: 'webhook' },
      { ...endpoint, subscription: { id: event.id } },
    ];
    const all = [of('header'), app, event, subscription, ...bad.slice(0, 11), other, bad[11]];
    // That of the app before is not its own.
    all.push({ ...endpoint, subscription: { id: subscription.id } }, { type: 'trailer' });
    const { status, body } = await send(to, all.map((line) => JSON.stringify(line)).join('\n'));
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      body.problems.map(({ line }) => line),
      [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18],
      JSON.stringify(body.problems),
    );
    assert.deepEqual(body.imported, { app: 2, webhook_event: 1, subscription: 1 });
    const longest = Math.max(...body.problems.map(({ message }) => message.length));
    assert.ok(longest < 2000, 'and each is named in few words');
  });

  test('that is refused in its middle leaves the connection to be used again', async () => {
    const long = `${'x'.repeat(9 * 1024 * 1024)}\n${file}`;
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal((await send(from, `${file.split('\n')[0] ?? ''}\n${long}`)).status, 413);
      assert.equal((await from.get('/apps')).status, 200);
    }
  });

  test('runs once for an account', async () => {
    const to = await apiOfNewAccount(server);
    const { promise: more, resolve: goOn } = Promise.withResolvers<undefined>();
    const [first, rest] = [file.slice(0, 500), file.slice(500)];
    const slow = fetch(`${server.url}/api/v1/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${to.apiKey}` },
      body: (async function* () {
        yield Buffer.from(first);
        await more;
        yield Buffer.from(rest);
      })(),
      duplex: 'half',
    });
    const { pool } = server.container;
    const claims = 'select from imports where account_id = $1 and claim is not null';
    await eventually('one running', async () => (await pool.query(claims, [to.accountId])).rowCount === 1);
    assert.equal((await send(to, 'x')).status, 429);
    goOn(undefined);
    assert.equal((await slow).status, 200);
    assert.equal((await send(to, file)).status, 200);
  });

  interface Summary {
    complete: boolean;
    imported: Record<string, number>;
    existing: Record<string, number>;
    skipped: Record<string, number>;
    changed_ids_count: number;
    problems: { line: number; message: string }[];
  }

  async function send(to: Api, text: string) {
    const { status, body } = await to.post('/import', text, { 'content-type': 'application/x-ndjson' });
    return { status, body: body as unknown as Summary };
  }

  async function exportOf({ apiKey }: Api): Promise<string> {
    const headers = { authorization: `Bearer ${apiKey}` };
    return (await fetch(`${server.url}/api/v1/export?secrets=true`, { headers })).text();
  }

  async function linesFor(to: Api): Promise<Line[]> {
    return comparable(parsed(await exportOf(to)));
  }

  /** The lines of the file as they are in another account. */
  function linesAs(accountId: string): Line[] {
    const ids = /"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"/g;
    return comparable(parsed(file.replaceAll(ids, (id) => `"${derivedId(accountId, id.slice(1, -1))}"`)));
  }

  /** Without what is an account's own, and in an order that ids do not make. */
  function comparable(lines: Line[]): Line[] {
    return lines
      .filter(({ type }) => !['header', 'account', 'trailer'].includes(type))
      .map(({ url, ...line }) => (line.type === 'hook_helper' ? line : { ...line, url }))
      .sort((one, other) => keyOf(one).localeCompare(keyOf(other)));
  }

  const keyOf = ({ type, id, message_id: message, endpoint_id: endpoint }: Line) =>
    [type, id, message, endpoint].map(String).join();

  /** All that an export can hold, settled. */
  async function makeWorld(): Promise<void> {
    const { app, event, subscription } = await makeApp(from, { url: `${receiver.url}/good` });
    await from.patch(`/apps/${app.id}`, { uid: 'acme', header_prefix: 'Acme', retry_delays: [1, 2] });
    const schemas = await from.patch(
      `/apps/${app.id}/webhook_events/${event.id}`,
      '{"schema":{"type":"object"},"sample_payload":{"n": 1.0},"versions":[{"version":"2","example":{"v": 1.0}}],"enforce":true}',
    );
    assert.equal(schemas.status, 200);
    await from.post(`/subscriptions/${subscription.id}/endpoints`, {
      url: `${receiver.url}/bad`,
      version: '1.0',
      uid: 'bad',
      retry_delays: [0.01],
      enabled_events: ['user.created'],
    });
    await from.post('/hook_helpers', { label: 'Inbox' });
    const texts = ['{"n": 1.0,\n "s": "ü"}', '{"big":12345678901234567890}'];
    for (const [index, data] of texts.entries()) {
      await from.post(
        `/apps/${app.id}/messages`,
        `{"event_type":"user.created","version":"1.0","event_id":"e${String(index)}","data":${data}}`,
      );
    }
    await eventually('all settled', async () => {
      const { rows } = await from.get(`/apps/${app.id}/messages`);
      const all = await Promise.all(
        rows.map(async ({ id }) => (await from.get(`/apps/${app.id}/messages/${id}/deliveries`)).rows),
      );
      return all.flat().every(({ state }) => ['delivered', 'failed', 'held'].includes(String(state)));
    });
    // One that looks again later would change while it is compared.
    const { pool } = server.container;
    await pool.query('update endpoints set next_probe_at = null where account_id = $1', [from.accountId]);
  }
});

/** Of this month. */
const messagesOf = ({ usage }: Thing) =>
  (usage as unknown as { messages_this_month: number }).messages_this_month;

const parsed = (text: string): Line[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
