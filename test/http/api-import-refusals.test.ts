import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { exportedAccount, parsed, sendImport } from '#test/support/exported-account.ts';
import { putOnPlan } from '#test/support/quotas.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const exported = await exportedAccount(server);
after(() => exported[Symbol.asyncDispose]());
const { from, file } = exported;

describe('an import', () => {
  test('passes over what was made at no time that a plan keeps, and makes no partitions for it', async () => {
    const to = await apiOfNewAccount(server);
    const { pool } = server.container;
    await putOnPlan(server, to.accountId, 'hobby');
    server.container.quota.invalidate(to.accountId);
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
    const { status, body } = await sendImport(to, lines.map((line) => JSON.stringify(line)).join('\n'));
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
    const { body } = await sendImport(to, lines.join('\n'));
    assert.deepEqual(
      body.problems.map(({ line }) => line),
      [at + 1, at + 2, at + 3],
    );
    assert.equal(body.imported['endpoint'], 2);
  });

  test('passes over a line with a member that no export writes, and names it', async () => {
    const to = await apiOfNewAccount(server);
    const { body } = await sendImport(to, file.replace('"type":"subscription"', '$&,"uuid":"x"'));
    assert.match(body.problems[0]?.message ?? '', /uuid is unknown; did you mean uid\?/);
  });

  test('that is no export is refused', async () => {
    assert.equal((await sendImport(from, 'text')).status, 400);
    for (const text of ['', '{"type":"app"}', '{"type":"header","format":"x","version":1}\n']) {
      assert.equal((await sendImport(from, text)).status, 422, text);
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
    const { status, body } = await sendImport(to, file);
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
      { ...of('message'), headers: { 'Acme-Delivery': 'x' } },
      { ...of('message'), content_type: 'text/plain\r\nx: y' },
      {
        ...of('attempt'),
        response_headers: Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [n, 1])),
      },
      { ...app, header_prefix: 'no prefix' },
      { ...app, header_prefix: 'webhook' },
      { ...endpoint, subscription: { id: event.id } },
    ];
    const all = [of('header'), app, event, subscription, ...bad.slice(0, 12), other, bad[12]];
    // That of the app before is not its own.
    all.push({ ...endpoint, subscription: { id: subscription.id } }, { type: 'trailer' });
    const { status, body } = await sendImport(to, all.map((line) => JSON.stringify(line)).join('\n'));
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      body.problems.map(({ line }) => line),
      [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19],
      JSON.stringify(body.problems),
    );
    assert.deepEqual(body.imported, { app: 2, webhook_event: 1, subscription: 1 });
    const longest = Math.max(...body.problems.map(({ message }) => message.length));
    assert.ok(longest < 2000, 'and each is named in few words');
  });

  test('that is refused in its middle leaves the connection to be used again', async () => {
    const long = `${'x'.repeat(9 * 1024 * 1024)}\n${file}`;
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal((await sendImport(from, `${file.split('\n')[0] ?? ''}\n${long}`)).status, 413);
      assert.equal((await from.get('/apps')).status, 200);
    }
  });
});

test('a lease that could not be released at once does not refuse the next import', async (t) => {
  const { pool } = server.container;
  const query = pool.query.bind(pool) as (...given: unknown[]) => unknown;
  let failures = 0;
  t.mock.method(pool, 'query', (...given: unknown[]) => {
    const isRelease = String(given[0]).startsWith('update imports set claim = null');
    if (!isRelease || failures > 0) return query(...given);
    failures += 1;
    return Promise.reject(new Error('too many connections'));
  });
  const to = await apiOfNewAccount(server);
  const noExport = () => to.post('/import', '[]', { 'content-type': 'application/x-ndjson' });
  assert.equal((await noExport()).status, 422);
  assert.equal(failures, 1);
  assert.equal((await noExport()).status, 422);
});
