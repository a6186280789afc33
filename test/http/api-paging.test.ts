import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount, makeApp } from '#test/support/api.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

/** A new account with `count` apps, whose names are their places: the newest is first. */
async function accountWithApps(count: number) {
  const api = await apiOfNewAccount(server);
  const addApps = async (names: string[]) => {
    for (const name of names) await api.post('/apps', { name });
  };
  await addApps(Array.from({ length: count }, (_, index) => String(count - index)));
  const page = async (pathAndQuery: string) => {
    const { rows, headers, status } = await api.get(pathAndQuery);
    assert.equal(status, 200);
    const link = (rel: string) => {
      const url = new RegExp(`<([^>]*)>; rel="${rel}"`).exec(headers.get('link') ?? '')?.[1];
      if (url === undefined) return undefined;
      assert.ok(url.startsWith(`${server.url}/api/v1/`), 'links are absolute');
      return url.slice(`${server.url}/api/v1`.length);
    };
    const names = rows.map(({ name }) => name).join(' ');
    return { names, count: rows.length, next: link('next'), prev: link('prev') };
  };
  return { api, page, addApps };
}

describe('pages of a list', () => {
  test('by number and size, with an extra offset', async () => {
    const { page } = await accountWithApps(30);
    assert.equal((await page('/apps')).count, 25);
    assert.equal((await page('/apps?page=2')).count, 5);
    assert.equal((await page('/apps?page=2&per_page=3')).names, '4 5 6');
    assert.equal((await page('/apps?per_page=3&offset=1')).names, '2 3 4');
    assert.equal((await page('/apps?page=2&per_page=3&offset=1')).names, '5 6 7');
    assert.equal((await page('/apps?page=99')).count, 0);
  });

  test('out of range are brought into range', async () => {
    const { page } = await accountWithApps(2);
    for (const query of ['per_page=0', 'per_page=-5']) assert.equal((await page(`/apps?${query}`)).count, 1);
    for (const query of ['page=0', 'page=-1', 'per_page=100000', 'offset=-1']) {
      assert.equal((await page(`/apps?${query}`)).count, 2);
    }
    for (const query of ['page=99999999999999999999', 'offset=999999999999999999999']) {
      assert.equal((await page(`/apps?${query}`)).count, 0);
    }
  });

  test('beyond the end lead back: to the oldest rows, and on from there', async () => {
    const { api, page } = await accountWithApps(3);
    const beyond = await page('/apps?page=3&per_page=2');
    assert.deepEqual([beyond.count, beyond.next], [0, undefined]);
    const oldest = await page(beyond.prev ?? '');
    assert.equal(oldest.names, '2 3');
    assert.equal((await page(oldest.prev ?? '')).names, '1');

    const { next } = await page('/apps?per_page=2');
    const { rows } = await api.get('/apps');
    await api.delete(`/apps/${rows[2]?.id ?? ''}`);
    const emptied = await page(next ?? '');
    assert.equal(emptied.count, 0);
    assert.equal((await page(emptied.prev ?? '')).names, '1 2');

    const empty = await accountWithApps(0);
    const none = await empty.page((await empty.page('/apps?page=2')).prev ?? '');
    assert.deepEqual([none.count, none.next, none.prev], [0, undefined, undefined]);
  });

  test('that are no numbers, and cursors that we did not make: 422', async () => {
    const { api } = await accountWithApps(0);
    const last = Buffer.from('affffffff-ffff-ffff-ffff-ffffffffffff').toString('base64url');
    const capitals = Buffer.from('a0197A3C2-5B1E-7C6A-9F43-2D1A8B7C6E5F').toString('base64url');
    for (const query of [
      'page=x',
      'per_page=1.5',
      'offset=1e3',
      'cursor=x',
      'cursor=%00',
      `cursor=${last}`,
      `cursor=${capitals}`,
    ]) {
      assert.equal((await api.get(`/apps?${query}`)).status, 422, query);
    }
  });

  test('begin at a cursor or at a number, and not at both: 422', async () => {
    const { api, page } = await accountWithApps(2);
    const { next = '' } = await page('/apps?per_page=1');
    for (const more of ['page=2', 'offset=1']) {
      assert.equal((await api.get(`${next}&${more}`)).status, 422, more);
    }
    assert.equal((await page(`${next}&page=1&offset=0`)).names, '2');
  });

  test('are linked, forth to the end and back to the start', async () => {
    const { page } = await accountWithApps(5);
    const first = await page('/apps?per_page=2');
    assert.deepEqual([first.names, first.prev], ['1 2', undefined]);
    const second = await page(first.next ?? '');
    assert.equal(second.names, '3 4');
    const third = await page(second.next ?? '');
    assert.deepEqual([third.names, third.next], ['5', undefined]);
    const back = await page(third.prev ?? '');
    assert.equal(back.names, '3 4');
    const start = await page(back.prev ?? '');
    assert.deepEqual([start.names, start.prev], ['1 2', undefined]);
    assert.equal((await page(start.next ?? '')).names, '3 4');
  });

  test('that were found by number are linked, too', async () => {
    const { page } = await accountWithApps(5);
    const second = await page('/apps?page=2&per_page=2');
    assert.equal((await page(second.next ?? '')).names, '5');
    assert.equal((await page(second.prev ?? '')).names, '1 2');
  });

  test('neither miss nor repeat a row while rows are added and taken away', async () => {
    const { api, page, addApps } = await accountWithApps(6);
    const first = await page('/apps?per_page=2');
    await addApps(['new', 'newer']);
    const second = await page(first.next ?? '');
    assert.equal(second.names, '3 4');
    const { first: shown } = await api.get('/apps?per_page=1&offset=5');
    assert.equal(shown.name, '4');
    await api.delete(`/apps/${shown.id}`);
    assert.equal((await page(second.next ?? '')).names, '5 6');
    const back = await page(second.prev ?? '');
    assert.equal(back.names, '1 2');
    assert.equal((await page(back.prev ?? '')).names, 'newer new');
  });

  test('keep the other parameters in their links', async () => {
    const { api } = await accountWithApps(0);
    const { app } = await makeApp(api);
    const message = { event_type: 'user.created', version: '1.0', data: {} };
    for (let count = 0; count < 3; count += 1) await api.post(`/apps/${app.id}/messages`, message);
    const { headers } = await api.get(`/app/${app.id}/messages?event_type=user.created&per_page=2&page=1`);
    const next = new URL(/<([^>]*)>/.exec(headers.get('link') ?? '')?.[1] ?? '');
    assert.equal(next.pathname, `/api/v1/apps/${app.id}/messages`);
    assert.deepEqual([...next.searchParams.keys()], ['event_type', 'per_page', 'cursor']);
  });

  test('of endpoints count endpoints, not their events', async () => {
    const { api, page } = await accountWithApps(0);
    const { app, subscription } = await makeApp(api);
    await api.post(`/apps/${app.id}/webhook_events`, { event_type: 'other' });
    const body = { url: 'https://hooks.example', version: '1', enabled_events: ['user.created', 'other'] };
    for (let count = 0; count < 4; count += 1) {
      await api.post(`/subscriptions/${subscription.id}/endpoints`, body);
    }
    const first = await page(`/apps/${app.id}/endpoints?per_page=3`);
    assert.equal(first.count, 3);
    const second = await page(first.next ?? '');
    assert.deepEqual([second.count, second.next], [2, undefined]);
    assert.equal((await page(second.prev ?? '')).count, 3);
  });
});
