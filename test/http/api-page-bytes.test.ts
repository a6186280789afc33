import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { MAX_PAGE_BYTES } from '#src/infra/lib/paging.ts';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const receiver = await startReceiver();
after(() => receiver[Symbol.asyncDispose]());
const api = await apiOfNewAccount(server);
const { app } = await makeApp(api, { url: receiver.url });
const PAYLOAD_BYTES = 1000 * 1024;
const COUNT = 6;
const LARGEST_ANSWER = MAX_PAGE_BYTES + 2 * PAYLOAD_BYTES;

const ids: string[] = [];
for (let n = 0; n < COUNT; n += 1) {
  const data = `${'x'.repeat(PAYLOAD_BYTES)} number${String(n)} word`;
  const { body } = await api.post(`/apps/${app.id}/messages`, {
    event_type: 'user.created',
    version: '1.0',
    data,
  });
  ids.unshift(body.id);
}
await eventually('all attempted', async () => {
  const { rows } = await server.container.pool.query('select from attempts where app_id = $1', [app.id]);
  return rows.length === COUNT;
});
const { body: helper } = await api.post('/hook_helpers', { label: 'Large' });
for (let n = 0; n < COUNT; n += 1) {
  await fetch(helper.url, { method: 'POST', body: 'ü'.repeat(PAYLOAD_BYTES / 2) });
}

describe('a page of a list ends at a number of bytes, and its links lead on', () => {
  const lists: Record<string, string> = {
    messages: `/apps/${app.id}/messages`,
    'messages by a filter': `/apps/${app.id}/messages?event_type=user.created`,
    'messages by their text': `/apps/${app.id}/messages?q=word`,
    attempts: `/apps/${app.id}/webhook_attempts`,
    'attempts by a filter': `/apps/${app.id}/webhook_attempts?status=success`,
    'attempts by the text of their payloads': `/apps/${app.id}/webhook_attempts?q=word`,
    'requests of a Hook Helper': `/hook_helpers/${helper.id}/requests`,
  };
  for (const [name, path] of Object.entries(lists)) {
    test(name, async () => {
      const first = `${path}${path.includes('?') ? '&' : '?'}per_page=100`;
      const forwards = await walk(first, 'next');
      assert.equal(new Set(forwards.ids).size, COUNT);
      assert.ok(forwards.idsOfLast.length < COUNT, 'it has several pages');
      assert.deepEqual(forwards.ids, forwards.ids.toSorted().reverse());
      const backwards = await walk(forwards.last, 'prev');
      const seen = new Set([...backwards.ids, ...forwards.idsOfLast]);
      assert.equal(seen.size, COUNT, 'and back again');
      if (name.startsWith('messages')) assert.deepEqual(forwards.ids, ids);
    });
  }
});

/** Follows the links of one kind to their end. */
async function walk(first: string, rel: 'next' | 'prev') {
  const pages: string[][] = [];
  let path: string | undefined = first;
  let last = first;
  while (path !== undefined) {
    last = path;
    const answer = await api.get(path);
    assert.equal(answer.status, 200);
    assert.ok(answer.text.length < LARGEST_ANSWER, String(answer.text.length));
    pages.push(answer.rows.map(({ id }) => id));
    const link: string | undefined = new RegExp(`<[^>]*/api/v1([^>]*)>; rel="${rel}"`).exec(
      answer.headers.get('link') ?? '',
    )?.[1];
    path = link;
    assert.ok(pages.length < 20, 'the links end');
  }
  return { ids: pages.flat(), idsOfLast: pages.at(-1) ?? [], last };
}
