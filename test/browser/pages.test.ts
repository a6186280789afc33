import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { collectProblems, launchBrowser, openPage, type Page } from './browser.ts';
import { assertAccessible, assertFits, FOCUS_INDICATOR, LOOK_RULES, MIDDLE, NARROW, WIDE } from './look.ts';
import { ATTACK, seedBusyAccount, type Seeded, seedNewAccount } from './seed.ts';

const MAX_BYTES = 100_000;
const PUBLIC = {
  landing: '/',
  'sign-in': '/sign_in',
  docs: '/docs',
  'docs-api': '/docs/api',
  'not-found': '/no/such/page',
};
const BROKEN_ID = '00000000-0000-7000-8000-000000000500';
/** Pages of errors, by their status. */
const ERRORS = { 403: '/dev/sign_in/not-a-token', 404: '/no/such/page', 500: `/apps/${BROKEN_ID}` };
/** What the names, URLs, headers and payloads of the seed would bring in, if a page let them. */
const INTRUDERS = 'img[src="x"], main script';
/** axe at one width of each scheme, in full in one of them; the other widths must fit. */
const LOOKS = [
  { colorScheme: 'light', full: WIDE, others: [MIDDLE, NARROW], rules: undefined },
  { colorScheme: 'dark', full: NARROW, others: [WIDE], rules: LOOK_RULES },
] as const;

describe('pages', { concurrency: 2 }, () => {
  let server: TestServer;
  let browser: Browser;
  let busy: Seeded;
  let fresh: Pick<Seeded, 'signInPath' | 'paths'>;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    [busy, fresh] = await Promise.all([seedBusyAccount(server), seedNewAccount(server)]);
    breakPage(server, BROKEN_ID);
  });
  after(async () => {
    // Of a set-up that failed there is less to end.
    await (browser as Browser | undefined)?.close();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  for (const look of LOOKS) {
    it(`are accessible, fit and stay clean in ${look.colorScheme} for everyone`, async () => {
      await checkAll({ baseURL: server.url }, PUBLIC, look);
      await checkAll(
        { baseURL: server.url, signInPath: fresh.signInPath },
        { ...fresh.paths, ...ERRORS },
        look,
      );
      await checkAll({ baseURL: server.url, signInPath: busy.signInPath }, busy.paths, look);
    });

    it(`show in ${look.colorScheme} what is wrong with a form, with the focus there`, async () => {
      const page = await openLook({ baseURL: server.url, signInPath: busy.signInPath }, look);
      for (const [path, button, field] of refusals(busy.paths)) {
        await page.goto(path);
        await page.locator(`[name=${field}]`).fill('');
        await page.getByRole('button', { name: button }).click();
        await page.locator(`[name=${field}]:focus[aria-invalid=true]`).waitFor();
        await assertFits(page, `${path}, refused`);
        await assertAccessible(page, `${path}, refused`, look.rules);
      }
      await page.context().close();
    });
  }

  it('of the documentation are accessible at every width in either scheme', async () => {
    for (const { colorScheme, full } of LOOKS) {
      const viewport = full === WIDE ? NARROW : WIDE;
      const options = { baseURL: server.url, colorScheme, viewport, reducedMotion: 'reduce' } as const;
      const page = await openPage(browser, options);
      for (const path of [PUBLIC.docs, PUBLIC['docs-api']]) {
        await page.goto(path);
        await page.evaluate(SHORTEN_REFERENCE);
        await assertFits(page, path);
        await assertAccessible(page, `${path}, ${colorScheme}, ${String(viewport.width)} px`);
      }
      await page.context().close();
    }
  });

  it('weigh less than 100 KB with styles and scripts, none of them inline', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    for (const path of Object.values({ ...busy.paths, ...PUBLIC })) {
      const response = await page.request.get(path);
      const html = await response.text();
      // As it is sent: the long reference is compressed.
      const sentBytes = Number(response.headers()['content-length']);
      assert.doesNotMatch(html, /<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|<[^>]+\son\w+="/, path);
      const bytes = sentBytes + (await assetBytes(page, html));
      assert.ok(bytes < MAX_BYTES, `${path}: ${String(bytes)} bytes`);
    }
    await page.context().close();
  });

  it('say all that they have to without script, and carry the Heroku bar in a Heroku session', async () => {
    const options = { baseURL: server.url, signInPath: busy.signInPath, javaScriptEnabled: false };
    const page = await openPage(browser, options);
    for (const path of Object.values({ ...busy.paths, ...PUBLIC })) {
      await page.goto(path);
      assert.ok(await page.locator('main h1').isVisible(), path);
      assert.equal(await page.locator('[data-copy]:visible, [data-live]:visible').count(), 0, path);
      const bar = page.locator('div#heroku-header');
      assert.match(await bar.innerText(), /hosted-hooks-test-1 on acme-shop-production/, path);
      assert.equal(
        await bar.locator('a').getAttribute('href'),
        'https://dashboard.heroku.com/apps/acme-shop-production/resources',
      );
    }
    await page.context().close();
  });

  it('show the pages of errors, each with its status and a way on', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: fresh.signInPath });
    for (const [status, path] of Object.entries(ERRORS)) {
      assert.equal((await page.goto(path))?.status(), Number(status), path);
      assert.ok(await page.locator('main h1').isVisible(), path);
      assert.ok(await page.locator('main a.button-primary').isVisible(), path);
    }
    await page.context().close();
  });

  it('show an attack as the text that it is', async () => {
    const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
    await page.goto(busy.paths['app'] ?? '');
    assert.ok((await page.textContent('main'))?.includes(ATTACK));
    await page.context().close();
  });

  for (const name of ['app', 'log', 'endpoint-new']) {
    it(`show where the keyboard is: ${name}`, async () => {
      const page = await openPage(browser, { baseURL: server.url, signInPath: busy.signInPath });
      await page.goto(busy.paths[name] ?? '');
      const seen: string[] = [];
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press('Tab');
        const indicator = await page.evaluate<string>(FOCUS_INDICATOR);
        if (indicator === 'nothing') break;
        seen.push(indicator);
      }
      assert.ok(seen.length > 15, `only ${String(seen.length)} stops`);
      assert.deepEqual(
        seen.filter((indicator) => indicator.startsWith('none')),
        [],
      );
      await page.context().close();
    });
  }

  type Look = (typeof LOOKS)[number];
  type Options = Parameters<typeof openPage>[1];

  /** Without motion, or axe measures a colour on its way from one look to the other. */
  function openLook(options: Options, { colorScheme, full }: Look): Promise<Page> {
    return openPage(browser, { ...options, colorScheme, viewport: full, reducedMotion: 'reduce' });
  }

  async function checkAll(options: Options, paths: Record<string, string>, look: Look): Promise<void> {
    const page = await openLook(options, look);
    const problems = collectProblems(page, server.url);
    for (const path of Object.values(paths)) {
      await page.goto(path);
      assert.equal(await page.locator(INTRUDERS).count(), 0, path);
      await assertFits(page, `${path}, ${String(look.full.width)} px`);
      await assertAccessible(page, `${path}, ${look.colorScheme}`, look.rules);
      for (const other of look.others) {
        await page.setViewportSize(other);
        await assertFits(page, `${path}, ${String(other.width)} px`);
      }
      await page.setViewportSize(look.full);
      assert.deepEqual(problems, [], path);
    }
    await page.context().close();
  }
});

/**
 * Leaves of the reference, where all are made alike, some of each: axe looks at the whole of it at one width of each
 * scheme.
 */
const SHORTEN_REFERENCE = `{
  const isOneOfMany = ':is(.operation ~ .operation ~ .operation, div:has(> h3[id^=shape-]) ~ div ~ div)';
  for (const element of document.querySelectorAll('.docs-api ' + isOneOfMany)) element.remove();
}`;

/** Makes the page of one app fail, as by a mistake of ours. */
function breakPage({ container: { apps } }: TestServer, brokenId: string): void {
  const get = apps.get.bind(apps);
  apps.get = (accountId, id) =>
    id === brokenId ? Promise.reject(new Error('broken on purpose')) : get(accountId, id);
}

/** Forms, the button that sends them, and the field without which they are refused. */
const refusals = (paths: Record<string, string>) =>
  [
    [paths['app-new'] ?? '', 'Save app', 'name'],
    [paths['app-edit'] ?? '', 'Save app', 'name'],
    [paths['app-edit'] ?? '', 'Delete app', 'confirmation'],
    [paths['event-new'] ?? '', 'Save webhook event', 'event_type'],
    [paths['subscriber-new'] ?? '', 'Save subscriber', 'name'],
    [paths['endpoint-new'] ?? '', 'Save endpoint', 'url'],
    [paths['helpers'] ?? '', 'Create Hook Helper', 'label'],
    [paths['app'] ?? '', 'Send test message', 'data'],
  ] as const;

async function assetBytes(page: Page, html: string): Promise<number> {
  const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset ?? '');
  const bodies = await Promise.all(assets.map(async (asset) => (await page.request.get(asset)).body()));
  return bodies.reduce((sum, body) => sum + body.length, 0);
}
