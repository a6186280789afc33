import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { systemClock } from '#src/infra/lib/clock.ts';
import { type Api, apiOfNewAccount, makeApp, type Thing } from '#test/support/api.ts';
import { answer, closeWithoutAnswer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';

describe('the filters of logs', () => {
  let server: TestServer;
  let receiver: Receiver;
  let api: Api;
  let path: string;
  /** Of each message its name, in the order of their posting. */
  const named = new Map<string, string>();

  before(async () => {
    server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
    receiver = await startReceiver();
    api = await apiOfNewAccount(server);
    const { app, endpoint, subscription } = await makeApp(api, { url: receiver.url });
    path = `/apps/${app.id}`;
    const endpointPath = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    await send('taken', answer(200), { channels: ['eu'] });
    await send('missing', answer(404), {});
    await api.patch(endpointPath, { status: 'active' });
    await send('broken', answer(503), { channels: ['us'] });
    await api.patch(endpointPath, { status: 'active' });
    await send('cut', closeWithoutAnswer, {});
    await api.patch(endpointPath, { status: 'active' });
    receiver.behave(answer(204));
    const { status } = await api.post(`${endpointPath}/test`, { event_type: 'user.created' });
    assert.equal(status, 200);
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.[Symbol.asyncDispose]();
  });

  async function send(name: string, behaviour: Parameters<Receiver['behave']>[0], more: object) {
    receiver.behave(behaviour);
    const message = { event_type: 'user.created', version: '1.0', event_id: name, data: { name }, ...more };
    const { body } = await api.post(`${path}/messages`, message);
    named.set(body.id, name);
    await eventually('ended', async () => {
      const { rows } = await api.get(`${path}/messages/${body.id}/deliveries`);
      return rows[0]?.['state'] === (name === 'taken' ? 'delivered' : 'failed');
    });
  }

  const list = async (query: string) => (await api.get(`${path}/${query}`)).rows;
  const names = (rows: Thing[], by: 'id' | 'message_id') =>
    [...new Set(rows.map((row) => named.get(String(row[by])) ?? 'test'))].sort();

  const ATTEMPTS: [string, string[]][] = [
    ['status_code=404', ['missing']],
    ['status_class=4xx', ['missing']],
    ['status_class=5xx', ['broken']],
    ['status_class=2xx', ['taken', 'test']],
    ['status_class=3xx', []],
    ['status_code=0', ['cut']],
    ['outcome=reset', ['cut']],
    ['outcome=status', ['broken', 'missing', 'taken', 'test']],
    ['outcome=timeout', []],
    ['trigger=test', ['test']],
    ['trigger=automatic', ['broken', 'cut', 'missing', 'taken']],
    ['trigger=replay', []],
    ['status=success&status_class=2xx&trigger=automatic', ['taken']],
    ['status=success&status_class=5xx', []],
  ];

  const attemptsAreFiltered = async () => {
    for (const [query, expected] of ATTEMPTS)
      assert.deepEqual(names(await list(`webhook_attempts?${query}`), 'message_id'), expected, query);
  };

  it('of attempts let through what they say: code, class of codes, outcome, trigger', attemptsAreFiltered);

  it('let the same through where blocks of the search cover the rows', async () => {
    const { pool, logger } = server.container;
    const clock = { ...systemClock, now: () => Date.now() + 60_000 };
    await new SearchIndex({ pool, clock, logger, blockRows: 2 }).catchUp();
    const { rows } = await pool.query<{ count: number }>('select count(*)::int as count from search_blocks');
    assert.ok((rows[0]?.count ?? 0) > 2, 'there are blocks');
    await attemptsAreFiltered();
    assert.deepEqual(names(await list('messages?channel=eu'), 'id'), ['taken']);
  });

  it('of deliveries take classes, outcomes and words', async () => {
    const found: [string, string[]][] = [
      ['status_class=5xx', ['broken']],
      ['status_class=4xx&state=failed', ['missing']],
      ['outcome=reset', ['cut']],
      ['outcome=status', ['broken', 'missing', 'taken']],
      ['q=broken', ['broken']],
      ['q=broken&status_class=4xx', []],
    ];
    for (const [query, expected] of found)
      assert.deepEqual(
        names(await list(`deliveries?${query}`), 'message_id').filter((one) => one !== 'test'),
        expected,
        query,
      );
  });

  it('of messages take the state of a delivery, and a channel', async () => {
    const found: [string, string[]][] = [
      ['state=failed', ['broken', 'cut', 'missing']],
      ['state=delivered', ['taken']],
      ['state=held', []],
      ['state=failed,delivered', ['broken', 'cut', 'missing', 'taken']],
      ['state=failed&channel=us', ['broken']],
      ['state=failed&q=cut', ['cut']],
      ['state=failed&event_id=missing', ['missing']],
      ['state=failed&event_id=taken', []],
      ['channel=eu', ['taken']],
      ['channel=asia', []],
    ];
    for (const [query, expected] of found)
      assert.deepEqual(
        names(await list(`messages?${query}`), 'id').filter((one) => one !== 'test'),
        expected,
        query,
      );
  });

  it('of messages page through a state without missing or repeating one', async () => {
    const seen: string[] = [];
    let next: string | undefined = `${path}/messages?state=failed&per_page=1`;
    while (next !== undefined) {
      const { rows, headers }: { rows: Thing[]; headers: Headers } = await api.get(next);
      seen.push(...rows.map(({ id }) => named.get(id) ?? ''));
      next = /<[^>]*\/api\/v1([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }
    assert.deepEqual(seen, ['cut', 'broken', 'missing']);
  });

  it('are refused where they say nothing', async () => {
    for (const query of [
      'webhook_attempts?status_class=6xx',
      'webhook_attempts?status_code=5xx',
      'webhook_attempts?outcome=lost',
      'webhook_attempts?trigger=chance',
      'deliveries?status_class=xx',
      'messages?state=lost',
      'messages?channel=a%20b',
    ])
      assert.equal((await api.get(`${path}/${query}`)).status, 422, query);
  });
});
