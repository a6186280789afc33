import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { countMessageOutcomes } from '#src/domain/deliveries/message-success.ts';
import { derivedId } from '#src/domain/imports/derived-id.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import {
  exportedAccount,
  exportOf,
  type ImportSummary,
  type Line,
  parsed,
  sendImport,
} from '#test/support/exported-account.ts';
import { countedMessages } from '#test/support/quotas.ts';
import { startTestServer } from '#test/support/server.ts';

const HOUR_MS = 3_600_000;
const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());
const exported = await exportedAccount(server);
after(() => exported[Symbol.asyncDispose]());
const { from, receiver, file } = exported;

describe('an import', () => {
  test('into a fresh account, exported again, is the same but for ids', async () => {
    const to = await apiOfNewAccount(server);
    const sent = receiver.requests.length;
    const { status, body } = await sendImport(to, file);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.complete, body.problems, body.existing], [true, [], {}]);
    assert.deepEqual(await linesFor(to), linesAs(to.accountId));
    assert.equal(receiver.requests.length, sent, 'nothing is sent');
    assert.equal(messagesOf((await to.get('/account')).body), 2, 'both can be replayed where they failed');

    const again = await sendImport(to, file);
    assert.deepEqual([again.body.imported, again.body.problems], [{}, []]);
    assert.deepEqual(again.body.existing, body.imported);
    assert.deepEqual(await linesFor(to), linesAs(to.accountId));
    assert.equal(messagesOf((await to.get('/account')).body), 2, 'counted once');
  });

  test('lists and counts what a filter kept from an endpoint as before, and nothing without its deliveries', async () => {
    const one = await apiOfNewAccount(server);
    const { app } = await makeApp(one, { url: `${receiver.url}/good` });
    const { body: other } = await one.post(`/apps/${app.id}/subscriptions`, { name: 'Other' });
    const kept = { url: `${receiver.url}/good`, version: '1.0', filter: { body: { never: 'this' } } };
    const { body: filtered } = await one.post(`/subscriptions/${other.id}/endpoints`, kept);
    const message = { event_type: 'user.created', version: '1.0', data: {} };
    await one.post(`/apps/${app.id}/messages`, message);
    const lists = async (of: Api, idIn = (id: string) => id) => {
      const path = `/apps/${idIn(app.id)}`;
      const deliveries = await of.get(`${path}/deliveries?endpoint_id=${idIn(filtered.id)}`);
      const messages = await of.get(`${path}/messages?subscription_id=${idIn(other.id)}`);
      return [
        deliveries.rows.map(({ state }) => state),
        messages.rows.length,
        await outcomesOf(of, idIn(app.id)),
      ];
    };
    await eventually('delivered', async () => (await outcomesOf(one, app.id)).delivered === 1);
    const before = await lists(one);
    assert.deepEqual(before.slice(0, 2), [['ignored'], 1]);

    const text = await exportOf(server, one);
    const all = await apiOfNewAccount(server);
    await sendImport(all, text);
    assert.deepEqual(await lists(all, (id) => derivedId(all.accountId, id)), before);

    const none = await apiOfNewAccount(server);
    const lines = text.split('\n').filter((line) => !line.startsWith('{"type":"delivery"'));
    await sendImport(none, lines.join('\n'));
    const { unsent, deliveries } = await outcomesOf(none, derivedId(none.accountId, app.id));
    assert.deepEqual([unsent, deliveries], [1, 0]);
  });

  test('into the account that it came from changes nothing', async () => {
    const before = await countedMessages(server, from.accountId);
    const { body } = await sendImport(from, file);
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
    const body = (await response.json()) as ImportSummary;
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
    const cut = await sendImport(to, file.slice(0, file.length / 2));
    assert.equal(cut.status, 200);
    assert.equal(cut.body.complete, false);
    assert.match(cut.body.problems.at(-1)?.message ?? '', /without its last line/);
    const whole = await sendImport(to, file);
    assert.deepEqual([whole.body.complete, whole.body.problems], [true, []]);
    assert.deepEqual(await linesFor(to), linesAs(to.accountId));
  });

  test('leaves out code that cannot be loaded, and an endpoint whose transformation is left out', async () => {
    const to = await apiOfNewAccount(server);
    const broken = file.replace('export default (request) => request;', 'export default (request =>');
    assert.notEqual(broken, file);
    const { body } = await sendImport(to, broken);
    assert.deepEqual([body.imported['transformation'], body.imported['endpoint']], [undefined, 1]);
    const [code, endpoint] = body.problems.map(({ message }) => message);
    assert.match(code ?? '', /The code cannot be used: SyntaxError/);
    assert.equal(endpoint, 'its transformation is not in the file before it');
  });

  test('says since when it is so of what the file has no secret of, or leads elsewhere', async () => {
    const to = await apiOfNewAccount(server);
    const { url } = parsed(file).find(({ type }) => type === 'hook_helper') ?? assert.fail();
    const others = { secret: undefined, headers: { 'x-a': { set: true } }, url };
    const lines = parsed(file).map((line) => (line['uid'] === 'bad' ? { ...line, ...others } : line));
    await sendImport(to, lines.map((line) => JSON.stringify(line)).join('\n'));
    const { rows } = await to.get('/apps/acme/endpoints');
    const since = rows.map(({ uid, url_since: of, secret_since, rules_since }) => [
      uid === 'bad',
      [of, secret_since, rules_since].map((at) => at !== null),
    ]);
    assert.deepEqual(since, [
      [true, [true, true, true]],
      [false, [false, false, false]],
    ]);
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
    const leases = 'select from imports where account_id = $1 and claim is not null';
    await eventually('one running', async () => (await pool.query(leases, [to.accountId])).rowCount === 1);
    assert.equal((await sendImport(to, 'x')).status, 429);
    goOn(undefined);
    assert.equal((await slow).status, 200);
    assert.equal((await sendImport(to, file)).status, 200);
  });
});

async function linesFor(to: Api): Promise<Line[]> {
  return comparable(parsed(await exportOf(server, to)));
}

/** How the app's messages fared, as home says it. */
async function outcomesOf({ accountId }: Api, appId: string) {
  const nowMs = Date.now();
  const span = { sinceMs: nowMs - HOUR_MS, untilMs: nowMs + HOUR_MS, nowMs };
  const namedByJobs = await server.container.queue.messagesNamed(accountId);
  return countMessageOutcomes(server.container.pool, { accountId, appIds: [appId], ...span, namedByJobs });
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

/** Of this month. */
const messagesOf = ({ usage }: Thing) =>
  (usage as unknown as { messages_this_month: number }).messages_this_month;
