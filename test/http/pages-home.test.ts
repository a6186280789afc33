import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRetention } from '#src/domain/retention/retention.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { signedInVisitor } from '#test/support/pages.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { messageTo } from '#test/support/subscribed-app.ts';

test('the first page begins with what fails, and stays short with thirty endpoints off', async () => {
  await using server = await startTestServer({ env: { DELIVERY_RETRY_DELAYS: '0' } });
  await using receiver = await startReceiver(answer(403));
  const visitor = await signedInVisitor(server);
  const { apps, acceptor, clock, endpoints, issues, pool, subscriptions, webhookEvents } = server.container;
  assert.doesNotMatch((await visitor.get('/dashboard')).text, /id="failing"/);

  const app = await apps.create(visitor.accountId, { name: 'Acme' });
  await webhookEvents.create(app, { eventType: 'user.created' });
  for (let n = 0; n < 15; n += 1) {
    const subscription = await subscriptions.create(app, { name: `Globex <${String(n)}>` });
    for (const path of ['a', 'b'])
      await endpoints.create(subscription, { url: `${receiver.url}/${path}`, version: '1.0' });
  }
  await acceptor.accept(messageTo(app));
  const open = () => issues.list(app, { status: 'open' }, { limit: 100, offset: 0 });
  await eventually('thirty', async () => (await open()).length === 30);
  await eventually('off', async () => {
    const { rows } = await pool.query<{ status: string }>(
      'select distinct status from endpoints where account_id = $1 and app_id = $2',
      [app.accountId, app.id],
    );
    return rows.length === 1 && rows[0]?.status === 'inactive';
  });
  const { text } = await visitor.get('/dashboard');
  const words = text.replaceAll(/\s+/g, ' ');
  assert.match(words, /<h2 id="failing">30 endpoints are off<\/h2>/);
  assert.match(words, /Globex &lt;0&gt;, Globex &lt;1&gt;, Globex &lt;2&gt; and 12 more/);
  assert.match(words, /It refuses us as unauthorised<\/a> at 30 endpoints, off:/);
  const [section = ''] = /<section class="notice notice-danger"[^]*?<\/section>/.exec(text) ?? [];
  assert.equal(section.match(/<li>/g)?.length, 1);
  assert.ok(section.includes(`/apps/${app.id}/issues?cause=unauthorized`));
  assert.ok(text.indexOf('id="failing"') < text.indexOf('class="cards '));
  // Those that are off for a cause that somebody acknowledged are a line of its own, which links to where it is listed.
  const [known] = await open();
  assert.ok(known !== undefined);
  await issues.setStatus(app, known.id, 'acknowledged');
  const after = (await visitor.get('/dashboard')).text.replaceAll(/\s+/g, ' ');
  assert.match(after, /cause=unauthorized">Acme: It refuses us as unauthorised<\/a> at 29 endpoints, off:/);
  assert.match(
    after,
    /cause=unauthorized&amp;status=acknowledged">Acme: It refuses us as unauthorised, acknowledged<\/a> at 1 endpoint, off:/,
  );
  await issues.setStatus(app, known.id, 'open');

  const stranger = await signedInVisitor(server);
  assert.doesNotMatch((await stranger.get('/dashboard')).text, /id="failing"/);

  // Retention forgets what was resolved long ago, and nothing else.
  const [old, recent] = await open();
  assert.ok(old !== undefined && recent !== undefined);
  for (const { id } of [old, recent]) await issues.setStatus(app, id, 'resolved');
  await pool.query(
    `update issues set resolved_at = resolved_at - interval '400 days' where account_id = $1 and id = $2`,
    [app.accountId, old.id],
  );
  await applyRetention({ pool, clock }, app.accountId, new AbortController().signal);
  const left = (await issues.list(app, {}, { limit: 100, offset: 0 })).map(({ id }) => id);
  assert.equal(left.length, 29);
  assert.ok(!left.includes(old.id) && left.includes(recent.id));
});
