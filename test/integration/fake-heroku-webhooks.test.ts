import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { authorize, startHeroku } from '#test/support/fake-heroku.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

describe('the add-on webhooks of the fake Heroku', () => {
  const include = ['api:addon', 'api:addon-attachment', 'api:app', 'api:collaborator'];

  test('tell of every change, signed', async () => {
    await using receiver = await startReceiver(answer(204));
    await using fake = await startHeroku();
    const { uuid, call } = await authorize(fake, { app: 'told-app', name: 'told' });
    const subscription = { include, level: 'sync', url: `${receiver.url}/hook`, authorization: 'Bearer me' };
    const created = await call('POST /addons/:id/webhooks', { body: { ...subscription, secret: 'shared' } });
    assert.deepEqual([created.status, created.headers.get('heroku-webhook-secret')], [201, null]);
    const { platform } = fake;
    await platform.renameApp('told-app', 'new-app');
    await platform.addCollaborator('new-app', 'ada@example.com');
    await platform.transferApp('new-app', 'ada@example.com');
    await platform.removeCollaborator('new-app', 'demo@example.com');
    await platform.attach('told', { app: 'second-app', as: 'AUDIT' });
    await platform.detach('second-app', 'AUDIT');
    await platform.renameAddOn('told', 'renamed');

    const events = receiver.requests.map(({ body, headers }) => {
      const signature = createHmac('sha256', 'shared').update(body).digest('base64');
      assert.equal(headers['heroku-webhook-hmac-sha256'], signature);
      assert.equal(headers.authorization, 'Bearer me');
      return JSON.parse(body.toString());
    });
    assert.deepEqual(
      events.map(({ resource, action }) => `${String(resource)} ${String(action)}`),
      [
        'app update',
        'collaborator create',
        'app update',
        'collaborator destroy',
        'addon-attachment create',
        'addon-attachment destroy',
        'addon update',
      ],
    );
    assert.deepEqual([events[0].data.name, events[0].previous_data], ['new-app', { name: 'told-app' }]);
    assert.equal(events[2].data.owner.email, 'ada@example.com');
    assert.equal(events[3].data.user.email, 'demo@example.com');
    assert.equal(events[4].data.addon.id, uuid);
    assert.equal(events[0].webhook_metadata.event.include, 'api:app');
    const deliveries = (await call('GET /addons/:id/webhook-deliveries')).body as { status: string }[];
    assert.deepEqual(new Set(deliveries.map(({ status }) => status)), new Set(['succeeded']));
  });

  test('are repeated at level sync until they are taken, and sent once at level notify', async () => {
    await using receiver = await startReceiver(answer(500));
    await using fake = await startHeroku();
    const { call } = await authorize(fake, { app: 'level-app' });
    for (const level of ['notify', 'sync']) {
      const body = { include: ['api:app'], level, url: `${receiver.url}/${level}` };
      const { headers } = await call('POST /addons/:id/webhooks', { body });
      assert.match(headers.get('heroku-webhook-secret')!, /^[\da-f]{64}$/);
    }
    await fake.platform.renameApp('level-app', 'other-app');
    const countOf = (path: string) => receiver.requests.filter((request) => request.path === path).length;
    await eventually('repeated', () => countOf('/sync') >= 2);
    receiver.behave(answer(204));
    await eventually('taken', async () => {
      const deliveries = (await call('GET /addons/:id/webhook-deliveries')).body as { status: string }[];
      return deliveries.some(({ status }) => status === 'succeeded');
    });
    assert.equal(countOf('/notify'), 1);
  });

  test('are ended with their subscription', async () => {
    await using receiver = await startReceiver(answer(204));
    await using fake = await startHeroku();
    const { call } = await authorize(fake, { app: 'ended-app' });
    const body = { include, level: 'notify', url: receiver.url };
    const { id } = (await call('POST /addons/:id/webhooks', { body })).body;
    assert.equal((await call('GET /addons/:id/webhooks')).body.length, 1);
    assert.equal((await call(`DELETE /addons/:id/webhooks/${String(id)}`)).status, 200);
    await fake.platform.renameApp('ended-app', 'other-app');
    assert.equal(receiver.requests.length, 0);
    assert.equal((await call(`DELETE /addons/:id/webhooks/${String(id)}`)).status, 404);
  });
});

test('two worlds on one file lose nothing of each other', async () => {
  await using folder = await createTemporaryFolder();
  await using one = await startHeroku({ state: new WorldFile(folder.path) });
  await using other = await startHeroku({ state: new WorldFile(folder.path) });
  const names = Array.from({ length: 40 }, (_, index) => `app-${String(index)}`);
  await Promise.all(
    names.map((app, index) =>
      (index % 2 === 0 ? one : other).platform.ensureAddOn({ uuid: randomUUID(), name: `on-${app}`, app }),
    ),
  );
  const { apps, addOns } = await one.platform.read();
  assert.deepEqual(apps.map(({ name }) => name).sort(), names.sort());
  assert.equal(addOns.length, 40);
});
