import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { authorize, requestToken, startHeroku } from '#test/support/fake-heroku.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';

describe('the tokens of the fake Heroku', () => {
  test('come of a grant once', async () => {
    await using fake = await startHeroku();
    const { code } = await fake.platform.createGrant(randomUUID());
    const first = await requestToken(fake, { grant_type: 'authorization_code', code });
    assert.equal(first.status, 200);
    assert.match(first.body['access_token']!, /^HRKU-[\da-f-]{36}$/);
    assert.equal(first.body['expires_in'], 28_799);
    const second = await requestToken(fake, { grant_type: 'authorization_code', code });
    assert.deepEqual([second.status, second.body['id']], [400, 'invalid_grant']);
  });

  test('come of no grant that is five minutes old', async () => {
    const clock = createJumpingClock();
    await using fake = await startHeroku({ clock });
    const { code, expires_at: expiresAt } = await fake.platform.createGrant(randomUUID());
    assert.equal(Math.round((Date.parse(expiresAt) - clock.now()) / 60_000), 5);
    clock.jump(5.1 / 60);
    assert.equal((await requestToken(fake, { grant_type: 'authorization_code', code })).status, 400);
  });

  test('are given to nobody who has the wrong client secret, and the grant is still good after that', async () => {
    await using fake = await startHeroku();
    const { code } = await fake.platform.createGrant(randomUUID());
    const wrong = await requestToken(fake, {
      grant_type: 'authorization_code',
      code,
      client_secret: 'wrong',
    });
    assert.deepEqual([wrong.status, wrong.body['id']], [401, 'unauthorized']);
    assert.equal((await requestToken(fake, { grant_type: 'authorization_code', code })).status, 200);
  });

  for (const rotatesRefreshTokens of [false, true]) {
    test(`are refreshed, with rotation ${String(rotatesRefreshTokens)}`, async () => {
      await using fake = await startHeroku({ rotatesRefreshTokens });
      const { refreshToken, call } = await authorize(fake);
      const { status, body } = await requestToken(fake, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
      });
      assert.equal(status, 200);
      assert.equal(body['refresh_token'] !== refreshToken, rotatesRefreshTokens);
      assert.equal((await call('GET /addons/:id')).status, 401);
      const authorization = `Bearer ${body['access_token']!}`;
      assert.equal((await call('GET /addons/:id', { headers: { authorization } })).status, 200);
      const again = await requestToken(fake, { grant_type: 'refresh_token', refresh_token: refreshToken });
      assert.equal(again.status, rotatesRefreshTokens ? 400 : 200);
    });
  }

  test('expire after eight hours, or when a test says so', async () => {
    const clock = createJumpingClock();
    await using fake = await startHeroku({ clock });
    const one = await authorize(fake);
    clock.jump(8);
    assert.equal((await one.call('GET /addons/:id')).status, 401);
    const other = await authorize(fake);
    await fake.platform.expireTokens(other.uuid);
    assert.equal((await other.call('GET /addons/:id')).status, 401);
  });
});

describe('the Platform API of the fake Heroku', () => {
  test('shows an add-on, its config, its attachments and its app', async () => {
    await using fake = await startHeroku();
    const { uuid, call } = await authorize(fake, { name: 'hosted-hooks-flat-1', app: 'shown-app' });
    const addOn = (await call('GET /addons/:id')).body;
    assert.deepEqual(
      [addOn.id, addOn.name, addOn.plan.name, addOn.state, addOn.app.name],
      [uuid, 'hosted-hooks-flat-1', 'hosted-hooks:hobby', 'provisioned', 'shown-app'],
    );
    const config = [{ name: 'HOSTEDHOOKS_API_KEY', value: 'hh_new' }];
    assert.deepEqual((await call('PATCH /addons/:id/config', { body: { config } })).body, config);
    assert.deepEqual((await call('GET /addons/:id/config')).body, config);
    assert.deepEqual((await call('GET /addons/:id')).body.config_vars, ['HOSTEDHOOKS_API_KEY']);
    const [attachment] = (await call('GET /addons/:id/addon-attachments')).body;
    assert.deepEqual([attachment.name, attachment.app.name], ['HOSTEDHOOKS', 'shown-app']);
    const app = (await call(`GET /apps/${String(addOn.app.id)}`)).body;
    assert.deepEqual([app.name, app.owner.email, app.team], ['shown-app', 'demo@example.com', null]);
    assert.deepEqual((await call('GET /addons')).body, [(await call('GET /addons/:id')).body]);
  });

  test('takes only the config vars of the manifest', async () => {
    await using fake = await startHeroku();
    const { call } = await authorize(fake);
    for (const body of [{ config: [{ name: 'DATABASE_URL', value: 'x' }] }, { config: { a: 'b' } }, {}]) {
      const refused = await call('PATCH /addons/:id/config', { body });
      assert.deepEqual([refused.status, refused.body.id], [422, 'invalid_params']);
    }
  });

  test('shows a token nothing of others', async () => {
    await using fake = await startHeroku();
    const own = await authorize(fake, { app: 'own-app', name: 'one' });
    const other = await authorize(fake, { app: 'other-app', name: 'two' });
    await fake.platform.transferApp('other-app', 'acme');
    const refused: [string, number][] = [
      [`GET /addons/${other.uuid}`, 403],
      [`GET /addons/${other.uuid}/config`, 403],
      [`PATCH /addons/${other.uuid}/config`, 403],
      [`POST /addons/${other.uuid}/actions/deprovision`, 403],
      [`GET /addons/${other.uuid}/addon-attachments`, 403],
      [`POST /addons/${other.uuid}/webhooks`, 403],
      ['GET /apps/other-app', 403],
      ['GET /apps/other-app/collaborators', 403],
      ['GET /teams/acme/members', 403],
      [`GET /addons/${randomUUID()}`, 404],
      ['GET /apps/nothing', 404],
      ['GET /teams/nothing/members', 404],
      ['GET /nothing', 404],
    ];
    for (const [line, status] of refused) {
      const { status: got, body } = await own.call(line, line.startsWith('GET') ? {} : { body: {} });
      assert.equal(got, status, line);
      assert.deepEqual(Object.keys(body as object), ['id', 'message'], line);
    }
    assert.equal((await other.call('GET /teams/acme/members')).status, 200);
    assert.equal((await own.call('GET /addons/:id', { headers: { authorization: 'x' } })).status, 401);
  });

  test('wants the version named, and counts requests down', async () => {
    await using fake = await startHeroku();
    const { call } = await authorize(fake);
    assert.equal((await call('GET /addons/:id', { headers: { accept: 'application/json' } })).status, 406);
    const left = async () => Number((await call('GET /addons/:id')).headers.get('ratelimit-remaining'));
    const first = await left();
    assert.equal(await left(), first - 1);
  });

  test('answers lists in pages', async () => {
    await using fake = await startHeroku({ pageSize: 2 });
    const { call } = await authorize(fake, { app: 'paged' });
    for (const name of ['a', 'b', 'c']) await fake.platform.addCollaborator('paged', `${name}@example.com`);
    const emails: string[] = [];
    let range: string | null = null;
    const statuses: number[] = [];
    do {
      const headers: Record<string, string> = range === null ? {} : { range };
      const page = await call('GET /apps/paged/collaborators', { headers });
      statuses.push(page.status);
      for (const { user } of page.body as { user: { email: string } }[]) emails.push(user.email);
      range = page.headers.get('next-range');
    } while (range !== null);
    assert.deepEqual(statuses, [206, 200]);
    assert.deepEqual(emails.sort(), ['a@example.com', 'b@example.com', 'c@example.com', 'demo@example.com']);
    assert.equal((await call('GET /addons', { headers: { range: 'wrong' } })).status, 416);
  });

  test('has the people of a team beside the collaborators of its app', async () => {
    await using fake = await startHeroku();
    const { call } = await authorize(fake, { app: 'team-app' });
    await fake.platform.transferApp('team-app', 'acme');
    const app = (await call('GET /apps/team-app')).body;
    assert.deepEqual([app.owner.email, app.team.name], ['acme@herokumanager.com', 'acme']);
    const [member] = (await call(`GET /teams/${String(app.team.id)}/members`)).body;
    assert.deepEqual([member.email, member.role], ['demo@example.com', 'admin']);
  });

  test('provisions and deprovisions; after that no token works', async () => {
    await using fake = await startHeroku();
    const { uuid, refreshToken, call } = await authorize(fake);
    assert.equal((await call('POST /addons/:id/actions/provision')).body.state, 'provisioned');
    assert.equal((await call('POST /addons/:id/actions/deprovision')).body.state, 'deprovisioned');
    assert.equal((await call('GET /addons/:id')).status, 401);
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    assert.equal((await requestToken(fake, form)).status, 400);
    assert.ok((await fake.platform.read()).addOns.every((addOn) => addOn.uuid !== uuid));
  });
});

describe('the faults of the fake Heroku', () => {
  test('befall so many requests of one route', async () => {
    await using fake = await startHeroku();
    const { call } = await authorize(fake);
    fake.fail('GET /addons/:id', { status: 429, times: 2 });
    const first = await call('GET /addons/:id');
    assert.deepEqual([first.status, first.body.id], [429, 'rate_limit']);
    assert.equal((await call('GET /addons')).status, 200);
    assert.equal((await call('GET /addons/:id')).status, 429);
    assert.equal((await call('GET /addons/:id')).status, 200);
  });

  test('are silence, a cut, nonsense and too much', async () => {
    await using fake = await startHeroku();
    const url = `${fake.url}/addons`;
    fake.fail('GET /addons', { hang: true });
    await assert.rejects(fetch(url, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
    fake.fail('GET /addons', { reset: true });
    await assert.rejects(fetch(url));
    fake.fail('GET /addons', { garbage: true });
    await assert.rejects((await fetch(url)).json());
    fake.fail('GET /addons', { flood: 1_000_000 });
    assert.ok((await (await fetch(url)).text()).length > 1_000_000);
  });

  test('may lose the answer to what was done', async () => {
    await using fake = await startHeroku();
    const { code } = await fake.platform.createGrant(randomUUID());
    fake.fail('POST /oauth/token', { reset: true, afterwards: true });
    await assert.rejects(requestToken(fake, { grant_type: 'authorization_code', code }));
    assert.equal((await requestToken(fake, { grant_type: 'authorization_code', code })).status, 400);
  });

  test('are recorded as every request is', async () => {
    await using fake = await startHeroku();
    const { call } = await authorize(fake);
    await call('PATCH /addons/:id/config', { body: { config: [] } });
    const { method, path, body } = fake.requests.at(-1)!;
    assert.match(`${method} ${path}`, /^PATCH \/addons\/[\da-f-]+\/config$/);
    assert.deepEqual(body, { config: [] });
  });
});
