import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { addonsAt, barOf } from '#test/support/addons.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { newAddon, openTwo, appNames } = addonsAt(server);

/** Pages that are about an account, and that no id in the address says of which. */
const ACCOUNT_PAGES = [
  '/dashboard',
  '/find',
  '/apps',
  '/apps/new',
  '/logs',
  '/hook_helpers',
  '/getting_started',
  '/settings/account',
  '/settings/usage',
  '/settings/audit',
  '/settings/webhooks',
];
const ACCOUNT_FORMS = ['/apps', '/hook_helpers', `/settings/team/${randomUUID()}/remove`];

describe('a browser with several add-ons', () => {
  it('asks for which app a form is, also when its uid is written with escapes', async () => {
    const { browser, a, b } = await openTwo();
    for (const { accountId } of [a, b])
      await server.container.apps.create(accountId, { name: 'Web', uid: 'web' });
    for (const name of ['web', 'we%62']) {
      const answer = await browser.post(`/apps/${name}`, { name: 'Renamed' });
      assert.equal(answer.status, 409, name);
    }
  });

  it('shows on every page the one that the address names', async () => {
    const { browser, a, b } = await openTwo();
    for (const path of ACCOUNT_PAGES) {
      for (const { id, name } of [a, b, a]) {
        const page = await browser.get(`${path}?addon=${id}`);
        assert.deepEqual([page.status, barOf(page)], [200, name], path);
      }
    }
  });

  it('shows what has an id in the one that it belongs to, without being told', async () => {
    const { browser, a, b } = await openTwo();
    for (const { app, helper, name } of [a, b, a]) {
      for (const path of [`/apps/${app.id}`, `/apps/${app.id}/messages`, `/hook_helpers/${helper.id}`]) {
        const page = await browser.get(path);
        assert.deepEqual([page.status, barOf(page)], [200, name], path);
      }
    }
  });

  it('finds nothing of one in the other when the address says both', async () => {
    const { browser, a, b } = await openTwo();
    assert.equal((await browser.get(`/apps/${a.app.id}?addon=${b.id}`)).status, 404);
    const renamed = await browser.post(`/apps/${a.app.id}?addon=${b.id}`, { name: 'Taken' });
    assert.equal(renamed.status, 404);
    assert.deepEqual(await appNames(a.accountId), ['App of alpha']);
  });

  it('says on every link, form and redirect to such a page which one it is about', async () => {
    const { browser, a, b } = await openTwo();
    const owned = [`/apps/${a.app.id}`, `/apps/${a.app.id}/edit`, `/hook_helpers/${a.helper.id}`];
    for (const path of [...ACCOUNT_PAGES.map((page) => `${page}?addon=${a.id}`), ...owned]) {
      const { text } = await browser.get(path);
      const targets = [...text.matchAll(/(?:href|action|data-live)="(\/[^"]*)"/g)].map(([, to]) => to ?? '');
      const about = targets.filter((to) => isAboutAccount(to) && !to.includes(`addon=${a.id}`));
      // The others are those of the switcher.
      assert.deepEqual(about, [`/dashboard?addon=${b.id}`], path);
      assert.ok(targets.filter((to) => to.includes(a.id)).length > 6, path);
    }
    const created = await browser.post(`/apps?addon=${a.id}`, { name: 'To delete' });
    const deleted = await browser.post(`${created.location}/delete`, { confirmation: 'To delete' });
    assert.equal(deleted.location, `/apps?addon=${a.id}`);
    assert.equal((await browser.get(`/settings?addon=${a.id}`)).location, `/settings/account?addon=${a.id}`);
  });

  it('says what happened in the tab where it happened', async () => {
    const { browser, a, b } = await openTwo();
    const created = await browser.post(`/apps?addon=${a.id}`, { name: 'Mine' });
    const deleted = await browser.post(`${created.location}/delete`, { confirmation: 'Mine' });
    assert.doesNotMatch((await browser.get(`/apps?addon=${b.id}`)).text, /The app is deleted/);
    assert.match((await browser.get(deleted.location)).text, /The app is deleted/);
    assert.doesNotMatch((await browser.get(deleted.location)).text, /The app is deleted/);
  });

  it('puts a form into the add-on that its page was of, whichever was opened since', async () => {
    const { browser, a, b } = await openTwo();
    for (const [name, { id }] of [
      ['One', a],
      ['Two', b],
      ['Three', a],
    ] as const) {
      const form = await browser.get(`/apps/new?addon=${id}`);
      await browser.signOn((await newAddon('third')).id);
      const action = /action="(\/apps\?[^"]*)"/.exec(form.text)?.[1] ?? '';
      assert.equal((await browser.post(action, { name })).status, 303);
    }
    assert.deepEqual(await appNames(a.accountId), ['App of alpha', 'One', 'Three']);
    assert.deepEqual(await appNames(b.accountId), ['App of beta', 'Two']);
  });

  it('shows the one that was opened last when the address names none', async () => {
    const { browser, a, b } = await openTwo();
    assert.equal(barOf(await browser.get('/dashboard')), b.name);
    await browser.signOn(a.id);
    assert.equal(barOf(await browser.get('/dashboard')), a.name);
  });

  it('changes nothing when the address names none: 409, with a choice that goes on', async () => {
    const { browser, a, b } = await openTwo();
    const asked = await browser.post('/apps', { name: '"Quoted" <app>' });
    assert.equal(asked.status, 409);
    assert.match(asked.text, /value="&#34;Quoted&#34; &lt;app&gt;"/);
    assert.deepEqual([...asked.text.matchAll(/action="(\/apps\?addon=[^"]*)"/g)].map(([, to]) => to).sort(), [
      ...[a, b].map(({ id }) => `/apps?addon=${id}`).sort(),
    ]);
    for (const form of ACCOUNT_FORMS)
      assert.equal((await browser.post(form, { label: 'x' })).status, 409, form);
    assert.deepEqual(await appNames(a.accountId), ['App of alpha']);
    assert.deepEqual(await appNames(b.accountId), ['App of beta']);
    const json = await browser.post('/apps', { name: 'x' }, { accept: 'application/json' });
    assert.equal(json.status, 409);
  });

  it('needs no name in the address when there is one only', async () => {
    const { id, accountId } = await newAddon('only');
    const browser = new CookieBrowser(server);
    await browser.signOn(id);
    assert.equal((await browser.get('/dashboard')).status, 200);
    assert.equal((await browser.post('/apps', { name: 'Mine' })).status, 303);
    assert.deepEqual(await appNames(accountId), ['App of only', 'Mine']);
  });

  describe('shows nothing of one that it is not signed in to', () => {
    it('by its name in the address, on any page or form', async () => {
      const { browser, a } = await openTwo();
      const foreign = await newAddon('foreign');
      const own = [
        `/apps/${a.app.id}`,
        `/hook_helpers/${a.helper.id}`,
        `/hook_helpers/${a.helper.id}/stream`,
      ];
      const foreigns = [`/apps/${foreign.app.id}`, `/hook_helpers/${foreign.helper.id}`];
      for (const addon of [
        foreign.id,
        foreign.accountId,
        randomUUID(),
        '',
        'x',
        `${a.id}&addon=${foreign.id}`,
      ]) {
        for (const path of [...ACCOUNT_PAGES, '/settings', ...own, ...foreigns]) {
          const page = await browser.get(`${path}?addon=${addon}`);
          assert.equal(page.status, 403, `${path} ${addon}`);
          assert.match(page.text, /You are not signed in to the add-on that this address is about/);
          assert.doesNotMatch(page.text, /addon-foreign|of foreign|App of alpha/);
        }
        for (const path of [...ACCOUNT_FORMS, ...own.slice(0, 2), ...foreigns]) {
          const answer = await browser.post(`${path}?addon=${addon}`, { name: 'Taken', label: 'Taken' });
          assert.equal(answer.status, 403, `${path} ${addon}`);
        }
      }
      assert.deepEqual(await appNames(foreign.accountId), ['App of foreign']);
      assert.deepEqual(await appNames(a.accountId), ['App of alpha']);
      const stream = await browser.get(`/apps?addon=${foreign.id}`, { accept: 'application/json' });
      assert.equal(stream.status, 403);
    });

    it('by an id of its own', async () => {
      const foreign = await newAddon('foreign');
      const { browser, a } = await openTwo();
      const single = new CookieBrowser(server);
      await single.signOn(a.id);
      for (const visitor of [browser, single]) {
        for (const path of [`/apps/${foreign.app.id}`, `/hook_helpers/${foreign.helper.id}`]) {
          assert.equal((await visitor.get(path)).status, 404, path);
          assert.equal((await visitor.get(`${path}/stream`)).status, 404, path);
        }
        assert.equal((await visitor.post(`/apps/${foreign.app.id}`, { name: 'Taken' })).status, 404);
      }
      assert.deepEqual(await appNames(foreign.accountId), ['App of foreign']);
    });
  });

  it('goes by the id where several use the same uid, and asks before it changes anything by uid', async () => {
    const { browser, a, b } = await openTwo();
    const { apps } = server.container;
    await apps.update(a.app, { uid: 'shop' });
    assert.equal(barOf(await browser.get('/apps/shop')), a.name);
    await apps.update(b.app, { uid: 'shop' });
    assert.equal((await browser.post('/apps/shop', { name: 'Renamed' })).status, 409);
    const renamed = await browser.post(`/apps/shop?addon=${a.id}`, { name: 'Renamed' });
    assert.equal(renamed.location, `/apps/${a.app.id}`);
    assert.deepEqual(await appNames(b.accountId), ['App of beta']);
  });
});

function isAboutAccount(target: string): boolean {
  return /^\/(dashboard|apps|apps\/new|logs|hook_helpers|getting_started|settings(\/[^?#]*)?|sign_out)([?#]|$)/.test(
    target,
  );
}
