import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { MAX_VIEWS } from '#src/domain/saved-views/saved-views.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';

describe('saved views of a log', () => {
  let server: TestServer;
  let visitor: Visitor;
  let path: string;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
    const app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
    path = `/apps/${app.id}`;
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  const save = (who: Visitor, fields: object, at = path) =>
    who.post(`${at}/saved_views`, {
      list: 'webhook_attempts',
      name: 'Broken',
      query: '?status=failed',
      ...fields,
    });
  const shown = async (query = '') => (await visitor.get(`${path}/webhook_attempts${query}`)).text;
  const deletion = (text: string) => /action="([^"]*saved_views\/[0-9a-f-]+\/delete)"/.exec(text)?.[1] ?? '';

  it('are saved under a name from the filtered page, shown above the list, and deleted', async () => {
    assert.doesNotMatch(await shown(), /Save this view/, 'of what is not filtered there is nothing to save');
    assert.match(await shown('?status=failed'), /name="query" value="\?status=failed"/);
    const { status, location } = await save(visitor, { query: '?status=failed&last=24h&q=' });
    assert.equal(status, 303);
    assert.equal(location, `${path}/webhook_attempts?status=failed&last=24h`);
    assert.match(
      await shown(),
      new RegExp(`href="${path}/webhook_attempts\\?status=failed&amp;last=24h"[^]*Broken`),
    );
    assert.doesNotMatch((await visitor.get(`${path}/messages`)).text, /Broken/, 'it is of another list');
    const action = deletion(await shown('?status=failed&last=24h'));
    assert.notEqual(action, '');
    assert.equal((await visitor.post(action, {})).status, 303);
    assert.doesNotMatch(await shown(), /Broken/);
    assert.equal((await visitor.post(action, {})).status, 404);
  });

  it('take the place of one that has their name, and each change is in the audit log', async () => {
    await save(visitor, { name: 'Mine', query: '?status=failed' });
    await save(visitor, { name: 'Mine', query: '?status=success' });
    const text = await shown();
    assert.equal(text.match(/Mine/g)?.length, 1);
    assert.match(text, /\?status=success"[^]*Mine/);
    await visitor.post(deletion(await shown('?status=success')), {});
    const { rows } = await server.container.pool.query<{ action: string }>(
      `select action from audit_events where account_id = $1 and object_type = 'saved_view' and object_name = 'Mine'
       order by id`,
      [visitor.accountId],
    );
    const told = rows.map(({ action }) => action);
    assert.deepEqual(told, ['saved_view.created', 'saved_view.updated', 'saved_view.deleted']);
  });

  it('are refused without a filter or a name, with filters that a list does not have, and beyond 50', async () => {
    for (const fields of [
      { query: '' },
      { query: '?stat=failed' },
      { query: '?status=lost' },
      { query: '?status=failed&channel=eu' },
      { name: ' ' },
      { name: 'x'.repeat(61) },
      { list: 'apps' },
    ])
      assert.equal((await save(visitor, fields)).status, 400, JSON.stringify(fields));
    assert.equal((await save(visitor, { more: '1' })).status, 422);
    const app = await server.container.apps.create(visitor.accountId, { name: 'Full' });
    const at = `/apps/${app.id}`;
    for (let count = 0; count < MAX_VIEWS; count += 1)
      assert.equal((await save(visitor, { name: `View ${String(count)}` }, at)).status, 303);
    const full = await save(visitor, { name: 'One more' }, at);
    assert.equal(full.status, 409);
    assert.match(full.text, /at most 50 saved views[^]*value="One more"/);
    assert.equal(
      (await save(visitor, { name: 'View 0', query: '?status=success' }, at)).status,
      303,
      'it is no more',
    );
  });

  it('are asked for again when their name is refused, with what was typed', async () => {
    const long = 'Long '.repeat(13);
    const { status, text } = await save(visitor, { name: long, query: '?status=failed&last=24h' });
    assert.equal(status, 400);
    assert.match(text, /name="query" value="\?status=failed&amp;last=24h"/);
    assert.match(text, new RegExp(`value="${long}"[^]*aria-invalid="true"[^]*Use at most 60 characters\\.`));
    assert.match(text, new RegExp(`href="${path}/webhook_attempts\\?status=failed&amp;last=24h"`));
  });

  it('are nobody else’s to see, to save or to delete', async () => {
    await save(visitor, { name: 'Ours' });
    const stranger = await signedInVisitor(server);
    const theirs = await server.container.apps.create(stranger.accountId, { name: 'Theirs' });
    assert.equal((await save(stranger, { name: 'Planted' })).status, 404);
    const action = deletion(await shown('?status=failed'));
    assert.equal((await stranger.post(action, {})).status, 404);
    assert.equal((await stranger.post(action.replace(path, `/apps/${theirs.id}`), {})).status, 404);
    assert.doesNotMatch((await stranger.get(`/apps/${theirs.id}/webhook_attempts`)).text, /Ours/);
    assert.match(await shown(), /Ours/);
  });

  it('are only looked at by viewers', async () => {
    await save(visitor, { name: 'Ours' });
    await server.container.pool.query(`update members set role = 'viewer' where account_id = $1`, [
      visitor.accountId,
    ]);
    const text = await shown('?status=failed');
    assert.match(text, /Ours/);
    assert.equal(deletion(text), '');
    assert.equal((await save(visitor, {})).status, 403);
  });

  it('go with their app', async () => {
    const other = await signedInVisitor(server);
    const app = await server.container.apps.create(other.accountId, { name: 'Short' });
    assert.equal((await save(other, {}, `/apps/${app.id}`)).status, 303);
    await server.container.apps.delete(app);
    const { rows } = await server.container.pool.query('select from saved_views where app_id = $1', [app.id]);
    assert.equal(rows.length, 0);
  });
});
