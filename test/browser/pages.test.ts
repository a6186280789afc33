import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { startTestServer, type TestServer } from '../support/server.ts';
import { collectProblems, launchBrowser, openPage, type Page } from './browser.ts';
import { ATTACK, seedBusyAccount, type Seeded, seedNewAccount } from './seed.ts';

const MOST_BYTES = 100_000;
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 800 };
const DEPENDS_ON_WIDTH = ['target-size', 'scrollable-region-focusable'];
const PUBLIC = { landing: '/', 'sign-in': '/sign_in', docs: '/docs', 'not-found': '/no/such/page' };

describe('pages', () => {
  let server: TestServer;
  let browser: Browser;
  let busy: Seeded;
  let fresh: Pick<Seeded, 'signInPath' | 'paths'>;

  before(async () => {
    server = await startTestServer();
    [busy, fresh, browser] = await Promise.all([
      seedBusyAccount(server),
      seedNewAccount(server),
      launchBrowser(),
    ]);
  });
  after(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  it('are accessible, fit and stay clean for an account that has seen everything', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await checkAll(page, busy.paths);
  });

  it('are accessible, fit and stay clean for an account with nothing in it', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: fresh.signInPath });
    await checkAll(page, fresh.paths);
  });

  it('are accessible, fit and stay clean for everyone', async () => {
    await checkAll(await openPage(browser, { baseURL: server.url }), PUBLIC);
  });

  it('are under 100 KB with styles and scripts', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    for (const path of Object.values({ ...busy.paths, ...PUBLIC })) {
      const bytes = await bytesOf(page, path);
      assert.ok(bytes < MOST_BYTES, `${path}: ${String(bytes)} bytes`);
    }
  });

  it('run nothing that a name, URL, header or payload brings along', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    for (const path of Object.values(busy.paths)) {
      await page.goto(path);
      assert.equal(await page.locator('img[src="x"], main script').count(), 0, path);
    }
    assert.deepEqual(dialogs, []);
    await page.goto(busy.paths['app'] ?? '');
    assert.ok(
      (await page.textContent('main'))?.includes(ATTACK),
      'the attack is shown as the text that it is',
    );
  });

  it('show where the keyboard is', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.goto('/apps');
    const outlines: string[] = [];
    for (let step = 0; step < 24; step += 1) {
      await page.keyboard.press('Tab');
      outlines.push(await page.evaluate<string>(FOCUS_INDICATOR));
    }
    assert.deepEqual(
      outlines.filter((outline) => outline.startsWith('none') && !outline.includes('<body')),
      [],
    );
  });

  it('carry the Heroku bar in a Heroku session', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    for (const path of [...Object.values(busy.paths), ...Object.values(PUBLIC)]) {
      await page.goto(path);
      const bar = page.locator('div#heroku-header');
      assert.match(await bar.innerText(), /hosted-hooks-test-1 on acme-shop-production/, path);
      assert.equal(
        await bar.locator('a').getAttribute('href'),
        'https://dashboard.heroku.com/apps/acme-shop-production/resources',
      );
    }
  });

  async function checkAll(page: Page, paths: Record<string, string>): Promise<void> {
    const problems = collectProblems(page, server.url);
    for (const path of Object.values(paths)) {
      await page.setViewportSize(WIDE);
      // Without motion, or axe measures a colour on its way from one look to the other.
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await page.goto(path);
      await checkLook(page, path);
      await page.emulateMedia({ colorScheme: 'dark' });
      await checkLook(page, `${path}, dark`, ['color-contrast']);
      await page.setViewportSize(NARROW);
      await checkLook(page, `${path}, narrow`, DEPENDS_ON_WIDTH);
      assert.deepEqual(problems, [], path);
    }
    await page.context().close();
  }
});

/** Without `rules`, all of axe's: the markup is the same in every look, so that those are asked once. */
async function checkLook(page: Page, name: string, rules?: string[]): Promise<void> {
  const overflow = await page.evaluate<number>(OVERFLOW);
  assert.ok(overflow <= 0, `${name} is ${String(overflow)} px too wide`);
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules === undefined ? axe : axe.withRules(rules)).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
  assert.deepEqual(found, [], name);
}

/** Of the page and of all that it loads. */
async function bytesOf(page: Page, path: string): Promise<number> {
  const html = await page.request.get(path).then((response) => response.text());
  const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset ?? '');
  const bodies = await Promise.all(assets.map(async (asset) => (await page.request.get(asset)).body()));
  return bodies.reduce((sum, body) => sum + body.length, Buffer.byteLength(html));
}

// Both run in the page, whose types a test of Node's does not know.
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
/** The outline of what has the focus, or of the pseudo-element that stands for it. */
const FOCUS_INDICATOR = `(() => {
  const focused = document.activeElement;
  const own = getComputedStyle(focused).outlineStyle;
  const style = own === 'none' ? getComputedStyle(focused, '::after').outlineStyle : own;
  return style + ' on ' + focused.outerHTML.slice(0, 80);
})()`;
