import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { addonsAt, barOf } from '#test/support/addons.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { createJumpingClock } from '#test/support/jumping-clock.ts';
import { startTestServer } from '#test/support/server.ts';

const clock = createJumpingClock();
const server = await startTestServer({ runs: 'web', clock });
after(() => server[Symbol.asyncDispose]());
const { newAddon, openTwo } = addonsAt(server);

describe('a browser with several add-ons', () => {
  it('signs out of the one that the address names, and of all at the end', async () => {
    const { browser, a, b } = await openTwo();
    assert.equal((await browser.post(`/sign_out?addon=${b.id}`, {})).location, '/sign_in');
    assert.equal((await browser.get(`/dashboard?addon=${b.id}`)).status, 403);
    assert.equal((await browser.get(`/apps/${b.app.id}`)).status, 404);
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).status, 200);
    assert.equal((await browser.post(`/sign_out?addon=${a.id}`, {})).location, '/');
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).location, '/sign_in');
  });

  it('signs out of all when the address names none, and of nothing for one that it does not hold', async () => {
    const { browser, a } = await openTwo();
    await browser.post(`/sign_out?addon=${randomUUID()}`, {});
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).status, 200);
    assert.equal((await browser.post('/sign_out', {})).location, '/');
    assert.equal((await browser.get('/dashboard')).location, '/sign_in');
  });

  it('gets another session id at every sign-on, and the one before is worth nothing', async () => {
    const { browser } = await openTwo();
    const old = browser.copy();
    await browser.signOn((await newAddon('third')).id);
    assert.notEqual(browser.cookie, old.cookie);
    assert.equal((await old.get('/dashboard')).location, '/sign_in');
    assert.equal((await browser.get('/dashboard')).status, 200);
  });

  it('is not signed out by a page that was under way in another tab during a sign-on', async () => {
    const { browser, a } = await openTwo();
    const slow = browser.copy();
    const answer = await slow.post(`/apps?addon=${a.id}`, { name: 'Slow' });
    assert.equal(answer.status, 303);
    const page = await slow.get(answer.location);
    for (const { headers } of [answer, page]) {
      const set = headers.getSetCookie().filter((line) => line.startsWith('hostedhooks.sid='));
      assert.deepEqual(set, [], 'only a sign-on sets the cookie');
    }
  });

  it('stays signed in to the add-ons of other people when somebody signs on to one of them again', async () => {
    const { browser, a, b } = await openTwo();
    await browser.signOn(a.id, { email: 'other@example.com' });
    const pages = await Promise.all([a, b].map(({ id }) => browser.get(`/dashboard?addon=${id}`)));
    assert.match(pages[0]?.text ?? '', /other@example\.com/);
    assert.match(pages[1]?.text ?? '', /ada@example\.com/);
    assert.equal(pages[0]?.text.match(/Switch add-on.*?<\/ul>/s)?.[0].match(/<li>/g)?.length, 1);
  });

  it('holds 20: with one more, the one that was used least lately ends', async () => {
    const browser = new CookieBrowser(server);
    const addons = [];
    for (let count = 0; count < 20; count += 1) addons.push(await newAddon(`n${String(count)}`));
    for (const { id } of addons) await browser.signOn(id);
    clock.jump(1);
    assert.equal((await browser.get(`/dashboard?addon=${addons[0]?.id ?? ''}`)).status, 200);
    await browser.signOn((await newAddon('n20')).id);
    const statuses = await Promise.all(
      addons.map(async ({ id }) => (await browser.get(`/dashboard?addon=${id}`)).status),
    );
    assert.deepEqual(statuses, [200, 403, ...Array.from({ length: 18 }, () => 200)]);
  });

  it('is signed out of each 12 hours after its last page', async () => {
    const { browser, a, b } = await openTwo();
    clock.jump(7);
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).status, 200);
    clock.jump(6);
    assert.equal((await browser.get(`/dashboard?addon=${b.id}`)).status, 403);
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).status, 200);
    clock.jump(12.1);
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).location, '/sign_in');
  });

  it('is signed out of each 24 hours after its sign-on, however often it is used', async () => {
    const { browser, a, b } = await openTwo();
    for (const hours of [8, 8]) {
      clock.jump(hours);
      for (const { id } of [a, b]) {
        assert.equal((await browser.get(`/dashboard?addon=${id}`)).status, 200);
      }
    }
    await browser.signOn(b.id);
    clock.jump(8.1);
    assert.equal((await browser.get(`/dashboard?addon=${a.id}`)).status, 403);
    assert.equal((await browser.get(`/dashboard?addon=${b.id}`)).status, 200);
  });

  it('loses one that is removed at Heroku, and keeps the other', async () => {
    const { browser, a, b } = await openTwo();
    await server.container.provisioning.deprovision(b.id);
    assert.equal((await browser.get(`/dashboard?addon=${b.id}`)).status, 403);
    assert.equal(barOf(await browser.get('/dashboard')), a.name);
  });
});
