import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { launchBrowser, openPage } from './browser.ts';
import { seedBusyAccount, type Seeded, seedNewAccount } from './seed.ts';

describe('flows in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  let busy: Seeded;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    busy = await seedBusyAccount(server);
  });
  after(async () => {
    // Of a set-up that failed there is less to end.
    await (browser as Browser | undefined)?.close();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  it('show an arrival at a Hook Helper when the server tells of it, without a reload', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.goto(busy.helper.path);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate("document.documentElement.dataset.loaded = 'once'");
    await fetch(busy.helper.address, { method: 'POST', body: '{"live":"arrival-7351"}' });
    await page.getByText('arrival-7351').waitFor();
    assert.equal(await page.getAttribute('html', 'data-loaded'), 'once', 'it is the same page');
    await page.context().close();
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`lead from nothing to a delivered message ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const { signInPath } = await seedNewAccount(server);
      const page = await openPage(browser, { baseURL: server.url, signInPath, javaScriptEnabled });
      await page.goto('/apps/new');
      await page.getByLabel('App name').fill('Acme');
      await page.getByRole('button', { name: 'Save app' }).click();
      await page.getByRole('link', { name: 'Create a webhook event' }).click();
      await page.getByLabel('Event type').fill('order.created');
      await page.getByRole('button', { name: 'Save webhook event' }).click();
      await page.getByRole('link', { name: 'Add a subscriber' }).click();
      await page.getByLabel('Subscriber name').fill('Globex');
      await page.getByRole('button', { name: 'Save subscriber' }).click();
      await page.getByRole('link', { name: 'Add an endpoint' }).click();
      await page.getByLabel('Description').fill('Their staging system');
      await page.getByLabel('No URL yet?').selectOption('Use a new Hook Helper');
      await page.getByRole('button', { name: 'Save endpoint' }).click();
      await page.getByRole('button', { name: 'Reveal' }).click();
      await page.getByText(/^[0-9a-f]{64}$/).waitFor();
      await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link', { name: 'Acme' }).click();
      await page.getByRole('button', { name: 'Send test message' }).click();
      await page.getByText('The message is accepted.').waitFor();
      await page.locator('#deliveries').getByText('Delivered').waitFor();
      await page.reload();
      assert.equal(await page.getByText('The message is accepted.').count(), 0, 'it is said once');
      await page.goto('/getting_started');
      await page.getByText('5 of 5 done').waitFor();
      await page.context().close();
    });
  }

  for (const javaScriptEnabled of [true, false]) {
    it(`show the first webhook after 3 clicks ${javaScriptEnabled ? 'with' : 'without'} script`, async () => {
      const { signInPath } = await seedNewAccount(server);
      const page = await openPage(browser, { baseURL: server.url, signInPath, javaScriptEnabled });
      await page.goto('/dashboard');
      await page.getByRole('link', { name: 'Set up an app' }).click();
      await page.getByRole('button', { name: 'Set up', exact: true }).click();
      await page.getByRole('button', { name: 'Send it from here' }).click();
      await page.getByText('Signature valid').waitFor();
      await page.getByText('5 of 5 done').waitFor();
      await page.context().close();
    });
  }

  it('choose all events of an endpoint, or only some, but never both', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.goto(busy.paths['endpoint'] ?? '');
    const choice = page.locator('[data-event-choice]');
    const all = choice.getByLabel('All events');
    const one = choice.getByRole('checkbox').first();
    await all.check();
    await one.check();
    assert.ok(await choice.getByLabel('Only these').isChecked(), 'a tick chooses these');
    await all.check();
    assert.equal(await choice.locator(':checked').count(), 1, 'nothing is ticked below all events');
    await page.getByRole('button', { name: 'Save events' }).click();
    await page.getByText('The subscribed events are saved.').waitFor();
    assert.ok(await all.isChecked());
    await page.context().close();
  });

  it('remember the theme that was chosen', async () => {
    const page = await openPage(browser, { baseURL: server.url, colorScheme: 'light' });
    await page.goto('/');
    await page.getByRole('button', { name: 'switch to dark' }).click();
    assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
    await page.goto('/sign_in');
    assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
    await page.getByRole('button', { name: 'switch to light' }).click();
    assert.equal(await page.getAttribute('html', 'data-theme'), 'light');
    await page.getByRole('button', { name: 'switch to system' }).click();
    await page.reload();
    assert.equal(await page.getAttribute('html', 'data-theme'), null);
    await page.context().close();
  });

  it('lead from row to row by j and k, and out of a field by Escape', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.goto('/apps');
    const rowInFocus = () => page.evaluate<number>(ROW_IN_FOCUS);
    await page.keyboard.press('/');
    await page.keyboard.press('j');
    assert.equal(await rowInFocus(), -1, 'what is typed is typed');
    await page.keyboard.press('Escape');
    const walk = [];
    for (const key of ['j', 'j', 'k']) {
      await page.keyboard.press(key);
      walk.push(await rowInFocus());
    }
    assert.deepEqual(walk, [0, 1, 0]);
    await page.context().close();
  });

  it('tick all rows shown by one box, that tells when only some are', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.goto(busy.paths['app-endpoints'] ?? '');
    const all = page.getByLabel('Tick all rows shown');
    const rows = page.locator('tbody input[name=endpoints]');
    const ticked = page.locator('tbody input[name=endpoints]:checked');
    assert.ok((await rows.count()) > 1);
    await all.focus();
    await page.keyboard.press('Space');
    assert.equal(await ticked.count(), await rows.count());
    await rows.first().uncheck();
    assert.equal(await page.locator('[data-tick-all] input:indeterminate').count(), 1);
    await rows.first().check();
    assert.ok(await all.isChecked());
    await all.uncheck();
    assert.equal(await ticked.count(), 0);
    await page.context().close();
  });

  it('copy a whole id from its button', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(busy.paths['app'] ?? '');
    await page.getByRole('button', { name: 'Copy the app id' }).click();
    await page.locator('.is-copied').waitFor();
    assert.equal(`/apps/${await page.evaluate<string>('navigator.clipboard.readText()')}`, busy.paths['app']);
    await page.context().close();
  });
});

const ROW_IN_FOCUS = `[...document.querySelectorAll('a.row-link')].indexOf(document.activeElement)`;
