import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { launchBrowser, openPage, type Page } from './browser.ts';
import { assertAccessible, assertFits, bringAxe, LOOK_RULES, NARROW, WIDE } from './look.ts';

const LOOKS = [
  { colorScheme: 'light', viewport: WIDE, rules: {} },
  { colorScheme: 'dark', viewport: NARROW, rules: { only: LOOK_RULES } },
] as const;

describe('two add-ons in two tabs', () => {
  let server: TestServer;
  let browser: Browser;
  before(async () => {
    server = await startTestServer({ runs: 'web' });
    browser = await launchBrowser();
  });
  after(async () => {
    await (browser as Browser | undefined)?.close();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  const newAddon = async (name: string) => {
    const { resourceId, accountId } = await server.createAccount();
    const changes = { name: `hosted-hooks-${name}`, appName: `${name}-production` };
    await server.container.models.HerokuResource.update(changes, { where: { id: resourceId } });
    return { resourceId, accountId, appName: changes.appName };
  };
  type Addon = Awaited<ReturnType<typeof newAddon>>;
  const signInPath = ({ resourceId }: Addon, email = 'kim@acme.example') => {
    const { config, clock } = server.container;
    return devSignInPath(
      { appSecret: config.secrets.app, clock },
      { resourceId, herokuUserId: email, email },
    );
  };
  const openTab = async (context: BrowserContext, addon: Addon): Promise<Page> => {
    const tab = await context.newPage();
    await tab.goto(signInPath(addon));
    return tab;
  };
  const createApp = async (tab: Page, name: string) => {
    await tab.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Apps' }).click();
    await tab.getByRole('link', { name: 'Set up an app' }).click();
    await tab.getByLabel('App name').fill(name);
    await tab.getByRole('button', { name: 'Save app' }).click();
    await tab.getByText('The app is set up.').waitFor();
  };
  const appNames = async ({ accountId }: Addon) => {
    const apps = await server.container.apps.list(accountId, { limit: 50, offset: 0 });
    return apps.map(({ name }) => name).sort();
  };
  const barOf = (tab: Page) => tab.locator('#heroku-header').innerText();

  it('never mix: what is made in turn, and forms that were open while the other signed on, go where they belong', async () => {
    const [shop, blog] = [await newAddon('shop'), await newAddon('blog')];
    const context = await browser.newContext({ baseURL: server.url });
    const shopTab = await openTab(context, shop);
    await shopTab.goto(`/apps/new?addon=${shop.resourceId}`);
    await shopTab.getByLabel('App name').fill('Begun before');
    const blogTab = await openTab(context, blog);
    await shopTab.getByRole('button', { name: 'Save app' }).click();
    await shopTab.getByText('The app is set up.').waitFor();
    for (const round of [1, 2]) {
      await createApp(shopTab, `Shop ${String(round)}`);
      await createApp(blogTab, `Blog ${String(round)}`);
    }
    await shopTab.reload();
    await blogTab.reload();
    assert.match(await barOf(shopTab), /shop-production/);
    assert.match(await barOf(blogTab), /blog-production/);
    assert.deepEqual(await appNames(shop), ['Begun before', 'Shop 1', 'Shop 2']);
    assert.deepEqual(await appNames(blog), ['Blog 1', 'Blog 2']);

    await shopTab.getByText('Switch add-on').click();
    await shopTab.getByRole('link', { name: 'blog-production' }).click();
    assert.match(await barOf(shopTab), /blog-production/);
    await shopTab.getByRole('button', { name: 'Sign out' }).click();
    await shopTab.getByRole('heading', { name: 'You are signed in' }).waitFor();
    await blogTab.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Logs' }).click();
    await blogTab.getByText('You are not signed in to the add-on that this address is about').waitFor();
    await context.close();
  });

  it('keep a live page of one live while the other signs on and out', async () => {
    const [shop, blog] = [await newAddon('shop'), await newAddon('blog')];
    const helper = await server.container.hookHelpers.create(shop.accountId, { label: 'Watched' });
    const context = await browser.newContext({ baseURL: server.url });
    const shopTab = await openTab(context, shop);
    await shopTab.goto(`/hook_helpers/${helper.id}`);
    await shopTab.getByText('Live', { exact: true }).waitFor();
    const blogTab = await openTab(context, blog);
    await fetch(`${server.url}/r/${helper.token}`, { method: 'POST', body: 'arrival-one' });
    await shopTab.getByText('arrival-one').waitFor();
    await blogTab.getByRole('button', { name: 'Sign out' }).click();
    await blogTab.getByRole('heading', { name: 'You are signed in' }).waitFor();
    await fetch(`${server.url}/r/${helper.token}`, { method: 'POST', body: 'arrival-two' });
    await shopTab.getByText('arrival-two').waitFor();
    await context.close();
  });

  for (const { rules, ...look } of LOOKS) {
    it(`are accessible and fit, in ${look.colorScheme}, on every page that asks or refuses`, async () => {
      const [shop, blog] = [await newAddon('shop'), await newAddon('blog')];
      for (let count = 0; count < 120; count += 1) {
        const person = {
          herokuUserId: randomUUID(),
          email: `person-${String(count)}@a-long-company-name.example`,
        };
        await server.container.members.signIn(shop.accountId, person);
        if (count === 3) await server.container.members.signIn(shop.accountId, KIM);
      }
      await server.container.models.Member.update({ role: 'admin' }, { where: { email: KIM.email } });
      const page = await openPage(browser, {
        baseURL: server.url,
        signInPath: signInPath(blog),
        reducedMotion: 'reduce',
        ...look,
      });
      await bringAxe(page);
      const check = async (name: string) => {
        await assertFits(page, name);
        await assertAccessible(page, name, rules);
      };
      await page.goto(signInPath(shop));
      await page.getByText('Switch add-on').click();
      await check('switcher');
      await page.goto(`/dashboard?addon=${randomUUID()}`);
      await check('not signed in to this one');
      await page.goto('/sign_in');
      await check('signed in to several');
      await page.goto(`/settings/account?addon=${shop.resourceId}`);
      await page.locator('#team details summary').first().click();
      await check('team');
      await page.goto(`/apps/new?addon=${shop.resourceId}`);
      await page.evaluate("document.querySelector('main form').action = '/apps'");
      await page.getByLabel('App name').fill('Whose?');
      await page.getByRole('button', { name: 'Save app' }).click();
      await page.getByRole('heading', { name: 'Which add-on is this for?' }).waitFor();
      await check('choice');
      await page.getByRole('button', { name: 'Go on in blog-production' }).click();
      await page.getByText('The app is set up.').waitFor();
      assert.deepEqual(await appNames(blog), ['Whose?']);
      await page.goto(signInPath(shop, 'late@acme.example'));
      await page.getByRole('heading', { name: 'The team is full' }).waitFor();
      await check('team is full');
      await page.context().close();
    });
  }
});

const KIM = { herokuUserId: 'kim@acme.example', email: 'kim@acme.example' };
