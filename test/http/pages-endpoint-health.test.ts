import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { signedInVisitor, type Visitor } from '#test/support/pages.ts';

const FAILING =
  /When one has used up all its attempts and still nothing has succeeded, we turn the endpoint off/;
const SINCE = /Failing<\/span>\s*(<br>)?\s*<span class="(?:cell-note )?muted">since <time/;

describe('the pages of an endpoint that fails', () => {
  let server: TestServer;
  let visitor: Visitor;

  before(async () => {
    server = await sharedServer('web');
    visitor = await signedInVisitor(server);
  });
  after(() => (server as TestServer | undefined)?.[Symbol.asyncDispose]());

  async function endpointWith(health: string) {
    const { apps, endpoints, pool, subscriptions } = server.container;
    const app = await apps.create(visitor.accountId, { name: 'Acme' });
    const subscription = await subscriptions.create(app, { name: 'Globex' });
    const { id } = await endpoints.create(subscription, { url: 'https://globex.example/', version: '1.0' });
    await pool.query(`update endpoints set ${health} where id = $1`, [id]);
    const page = await visitor.get(`/apps/${app.id}/endpoints/${id}`);
    const list = await visitor.get(`/apps/${app.id}/subscriptions/${subscription.id}`);
    const api = await fetch(`${server.url}/api/v1/subscriptions/${subscription.id}/endpoints/${id}`, {
      headers: { authorization: `Bearer ${server.container.apiKeys.keyForResource(visitor.resourceId)}` },
    });
    const body = (await api.json()) as { failing_since: string | null; next_probe_at: string | null };
    return { page: page.text, list: list.text, body };
  }

  it('say so, and since when, and what follows', async () => {
    const { page, list, body } = await endpointWith(`failing_since = '2026-01-02T03:04:05Z'`);
    assert.match(page, SINCE);
    assert.match(page, FAILING);
    assert.match(list, SINCE);
    assert.equal(body.failing_since, '2026-01-02T03:04:05.000Z');
  });

  it('say nothing of it while it is well', async () => {
    const { page, list, body } = await endpointWith(`description = 'well'`);
    assert.doesNotMatch(page + list, /Failing/);
    assert.doesNotMatch(page, FAILING);
    assert.match(page, /To stop sending for a while/);
    assert.deepEqual([body.failing_since, body.next_probe_at], [null, null]);
  });

  it('say when it is tried again once it is off, and no longer warn', async () => {
    const { page, list, body } = await endpointWith(
      `failing_since = now(), status = 'inactive', inactive_reason = 'attempts_exhausted', inactive_since = now(),
         next_probe_at = '2026-01-02T03:04:05Z'`,
    );
    assert.match(page, /next try <time datetime="2026-01-02T03:04:05/);
    assert.match(page, /turn the endpoint on if it succeeds/);
    assert.doesNotMatch(page, /To stop sending/, 'it is off');
    assert.doesNotMatch(page + list, /Failing|used up all its attempts/);
    assert.equal(body.next_probe_at, '2026-01-02T03:04:05.000Z');
  });
});
