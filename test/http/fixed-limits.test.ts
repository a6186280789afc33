import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import type { TooManyRequests } from '#src/infra/lib/errors.ts';
import { ArrivalRate } from '#src/surfaces/hook-helper-inbox/arrival-rate.ts';
import { type Api, apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

/** The tests that go beyond the others. */
const ELSEWHERE = {
  addressBytes: 'test/unit/http-server.test.ts',
  bytesUnderWay: 'test/unit/arrival-budget.test.ts',
  keylessBytesUnderWay: 'test/unit/arrival-budget.test.ts',
  rotationsAnHour: 'test/integration/key-rotation.test.ts',
  testsAMinute: 'test/http/api-endpoint-checks.test.ts',
  testsAtOnce: 'test/http/api-endpoint-checks.test.ts',
  pagesOfHelper: 'test/http/pages-streams.test.ts',
  pagesOfAccount: 'test/http/pages-streams.test.ts',
  delayedAnswersOfHelper: 'test/http/hook-helper-answers.test.ts',
  delayedAnswersOfAccount: 'test/http/hook-helper-answers.test.ts',
  pagesOfLogs: 'test/http/pages-log-tail.test.ts',
  unansweredRequests: 'test/unit/http-server.test.ts',
  waitingBodyBytes: 'test/unit/http-server.test.ts',
} as const;
type Limit = Exclude<keyof typeof FIXED_LIMITS, keyof typeof ELSEWHERE>;
type Provoke = (max: number) => Promise<{ status: number; code: string }>;

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const { app, subscription } = await makeApp(api);

const DAY_MS = 86_400_000;
const LINES = { 'content-type': 'application/x-ndjson' };
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const message = (more: object = {}) => ({ event_type: 'user.created', version: '1.0', data: {}, ...more });
const post =
  (path: string, bodyOf: (max: number) => unknown, headers = {}): Provoke =>
  async (max) => {
    const { status, body } = await api.post(path, bodyOf(max), headers);
    return { status, code: body.code };
  };
const toApp = (bodyOf: (max: number) => unknown) => post(`/apps/${app.id}/messages`, bodyOf);
const inBatch = (bodyOf: (max: number) => unknown) => post(`/apps/${app.id}/messages/batch`, bodyOf);
const event = (fieldsOf: (max: number) => object) =>
  post(`/apps/${app.id}/webhook_events`, (max) => ({ event_type: 'too.much', ...fieldsOf(max) }));
const endpoint = (fieldsOf: (max: number) => object) =>
  post(`/subscriptions/${subscription.id}/endpoints`, (max) => ({
    url: 'https://receiver.example',
    version: '1.0',
    ...fieldsOf(max),
  }));

const headersOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${String(n)}`, 'a']));

/** How to go beyond each limit by one. */
const BEYOND: Record<Limit, Provoke> = {
  ownEndpoints: async (max) => {
    const url = 'https://hooks.acme.example';
    for (let count = 0; count < max; count += 1) await api.post('/account/webhook_endpoints', { url });
    const { status, body } = await api.post('/account/webhook_endpoints', { url });
    return { status, code: body.code };
  },
  bodyBytes: post('/apps', (max) => `"${'x'.repeat(max - 1)}"`),
  batchBytes: inBatch((max) => `"${'x'.repeat(max - 1)}"`),
  batchMessages: inBatch((max) => Array(max + 1).fill(0)),
  batchMessageBytes: inBatch((max) => [message(), 'x'.repeat(max - 1)]),
  jsonLevels: toApp((max) => `{"event_type":"user.created","version":"1.0","data":${deep(max + 1)}}`),
  messageHeaders: toApp((max) =>
    message({
      headers: Object.fromEntries(Array.from({ length: max + 1 }, (_, n) => [`x-${String(n)}`, 'a'])),
    }),
  ),
  endpointHeaders: async (max) => {
    const { endpoint, subscription } = await makeApp(api);
    const headers = headersOf(max + 1);
    const path = `/subscriptions/${subscription.id}/endpoints/${endpoint.id}`;
    const { status, body } = await api.patch(path, { headers });
    return { status, code: body.code };
  },
  statsDays: async (max) => {
    const since = new Date(Date.now() - max * DAY_MS - DAY_MS / 24).toISOString();
    const { status, body } = await api.get(`/apps/${app.id}/stats?since=${since}`);
    return { status, code: body.code };
  },
  scheduledDays: toApp((max) =>
    message({ deliver_at: new Date(Date.now() + max * DAY_MS + 60_000).toISOString() }),
  ),
  filterBytes: endpoint((max) => ({ filter: { body: 'x'.repeat(max + 1 - '{"body":""}'.length) } })),
  filterLevels: endpoint((max) => ({
    filter: { body: JSON.parse(deep(max).replace('[]', '[[1]]')) as unknown },
  })),
  rulesOfApp: async (max) => {
    const large = await makeApp(api);
    await server.container.pool.query('update endpoints set rules = $2 where id = $1', [
      large.endpoint.id,
      { filter: { body: 'x'.repeat(max) } },
    ]);
    const path = `/subscriptions/${large.subscription.id}/endpoints`;
    const fields = (filter: object) => ({ url: 'https://receiver.example', version: '1.0', filter });
    const small = await api.post(path, fields({ body: 'x' }));
    assert.equal(small.status, 201);
    const filter = { body: 'x'.repeat(10_000) };
    assert.equal((await api.patch(`${path}/${small.body.id}`, { filter })).body.code, 'rules_too_large');
    // The one that is too large can be made smaller.
    const { status, body } = await api.post(path, fields(filter));
    assert.equal((await api.patch(`${path}/${large.endpoint.id}`, { filter })).status, 200);
    assert.equal((await api.post(path, fields(filter))).status, 201);
    return { status, code: body.code };
  },
  deduplicationFields: endpoint((max) => ({
    deduplication: { window_seconds: 1, include_fields: Array(max + 1).fill('body.id') },
  })),
  channels: endpoint((max) => ({ channels: Array.from({ length: max + 1 }, (_, n) => `eu-${String(n)}`) })),
  schemaBytes: event((max) => ({ schema: { title: 'x'.repeat(max + 1 - '{"title":""}'.length) } })),
  schemaLevels: event((max) => ({
    schema: { examples: JSON.parse(deep(max).replace('[]', '[1]')) as unknown },
  })),
  versions: event((max) => ({
    versions: Array.from({ length: max + 1 }, (_, n) => ({ version: String(n) })),
  })),
  versionsBytes: event((max) => ({
    versions: Array.from({ length: 5 }, (_, n) => ({
      version: String(n),
      schema: { title: 'x'.repeat(max / 5) },
    })),
  })),
  evidenceLinks: (max) => beyondLinks(max, 'message'),
  evidenceLinksOfAccount: (max) => beyondLinks(max, 'account'),
  transformationBytes: post(`/apps/${app.id}/transformations`, (max) => ({
    name: 'Too long',
    code: `addHandler("transform", (r) => r);${'/'.repeat(max)}`,
  })),
  transformations: async (max) => {
    const code = 'addHandler("transform", (request) => request)';
    const make = (name: string) => api.post(`/apps/${app.id}/transformations`, { name, code });
    for (let count = 0; count < max; count += 1) await make(String(count));
    const { status, body } = await make('one more');
    return { status, code: body.code };
  },
  importLineBytes: post(
    '/import',
    (max) => `{"type":"header","format":"hostedhooks-export","version":1}\n"${'x'.repeat(max - 1)}"`,
    LINES,
  ),
  liveKeys: async (max) => {
    const keyed = await apiOfNewAccount(server);
    for (let n = 0; n < max; n += 1) {
      const { status } = await keyed.post('/account/api_keys', { name: `key ${String(n)}` });
      assert.equal(status, 201);
    }
    const { status, body } = await keyed.post('/account/api_keys', { name: 'one more' });
    return { status, code: body.code };
  },
  hookHelperBytes: async (max) => arrive(await helperOf(api), 'x'.repeat(max + 1)),
  answerBytes: post('/hook_helpers', (max) => ({ answer: { body: 'x'.repeat(max + 1) } })),
  answerHeaders: post('/hook_helpers', (max) => ({ answer: { headers: headersOf(max + 1) } })),
  hookHelperRate: (max) => {
    const rate = new ArrivalRate({ monotonicNow: () => 0 });
    for (let n = 0; n < max * 10; n += 1) rate.take('helper');
    try {
      rate.take('helper');
      return Promise.resolve({ status: 200, code: '' });
    } catch (error) {
      return Promise.resolve(error as TooManyRequests);
    }
  },
};

describe('what goes beyond a limit is refused as the table of limits says', () => {
  for (const [limit, { max, status, code }] of Object.entries(FIXED_LIMITS)) {
    test(limit, async () => {
      if (limit in ELSEWHERE) {
        const source = readFileSync(ELSEWHERE[limit as keyof typeof ELSEWHERE], 'utf8');
        assert.match(source, new RegExp(`FIXED_LIMITS\\.${limit}\\b`));
        return;
      }
      const answer = await BEYOND[limit as Limit](max);
      assert.deepEqual([answer.status, answer.code], [status, code]);
    });
  }
});

const UNITS: Record<string, number> = { KB: 1024, MB: 1024 ** 2 };

test('the documents write each limit as it is', () => {
  for (const [limit, { max, shown }] of Object.entries(FIXED_LIMITS)) {
    const [, number = '', unit = ''] = /^([\d,]+)(?: ([KM]B))?$/.exec(shown) ?? [];
    assert.equal(Number(number.replaceAll(',', '')) * (UNITS[unit] ?? 1), max, limit);
  }
});

/** Numbers that end pages and lists, or bound what is shown or remembered: nothing is refused. Times are Heroku's. */
const REFUSES_NOTHING =
  /^(MAX_MS|MAX_AGE_MS|MAX_SKEW_MS|MAX_SHOWN|MAX_ROWS|MAX_LABEL|MAX_HELPERS|MAX_NAMED|MAX_CHARACTERS)$/;
/** In a schema: the description of the API tells it with the field, and `api-input-limits.test.ts` walks those. */
const IN_SCHEMA = /\.max\((MAX_\w+)|max: (MAX_\w+)|text\((MAX_\w+)\)/g;

test('a number by which a surface refuses is in the table, or in a described schema', () => {
  const others = globSync('src/surfaces/**/*.ts').flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const described = new Set([...source.matchAll(IN_SCHEMA)].flatMap((match) => match.slice(1)));
    return [...source.matchAll(/^(?:export )?const (MAX_\w+) = (.*)$/gm)]
      .filter(([, name = '', value = '']) => !value.includes('FIXED_LIMITS') && !described.has(name))
      .filter(([, name = '']) => !REFUSES_NOTHING.test(name))
      .map(([line]) => `${file}: ${line}`);
  });
  assert.deepEqual(others, []);
});

async function helperOf({ post: create }: Api): Promise<string> {
  const { body } = await create('/hook_helpers');
  return server.url + new URL(body.url).pathname;
}

async function arrive(url: string, body: string): Promise<{ status: number; code: string }> {
  const answer = await fetch(url, { method: 'POST', body });
  const { code } = (await answer.json()) as { code: string };
  return { status: answer.status, code };
}

/** One link less than there may be is there already. */
async function beyondLinks(
  max: number,
  of: 'account' | 'message',
): Promise<{ status: number; code: string }> {
  const { app, endpoint } = await makeApp(api);
  const { body: posted } = await api.post(`/apps/${app.id}/messages`, message());
  await server.container.pool.query(
    `insert into evidence_links (account_id, app_id, message_id, endpoint_id, id, token_hash, shows_payload, created_by,
       created_at, expires_at)
     select $1, $2, case when $4 then $3 else gen_random_uuid() end, $3, gen_random_uuid(),
       sha256(gen_random_uuid()::text::bytea), false, '', now(), now() + interval '1 day' from generate_series(2, $5)`,
    [api.accountId, app.id, posted.id, of === 'message', max],
  );
  const make = () =>
    api.post(`/apps/${app.id}/messages/${posted.id}/evidence_links`, { endpoint_id: endpoint.id });
  assert.equal((await make()).status, 201);
  const { status, body } = await make();
  await server.container.pool.query('delete from evidence_links where account_id = $1', [api.accountId]);
  return { status, code: body.code };
}
