import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { collectProblems, launchBrowser, openPage, type Page } from './browser.ts';
import { assertAccessible, assertFits, assertRoomy, bringAxe, FOCUS_INDICATOR, MARK_ALIKE } from './look.ts';
import { FULL, type Look, LOOK_RULES, lookAt, MIDDLE, nameOf, NARROW, SHORTEN, WIDE } from './look.ts';
import { seedEvidence } from './seed-evidence.ts';
import { seedPerson } from './seed-people.ts';
import { seedIssues } from './seed-issues.ts';
import { seedReplays } from './seed-replays.ts';
import { seedRequests } from './seed-requests.ts';
import { seedTransformations } from './seed-transformations.ts';
import { ATTACK } from './attack.ts';
import { seedBusyAccount, type Seeded, seedNewAccount } from './seed.ts';

const MAX_BYTES = 100_000;
const PUBLIC = {
  landing: '/',
  'sign-in': '/sign_in',
  'sign-up': '/sign_up',
  password: '/password',
  'mail-sent': '/sign_up/sent',
  docs: '/docs',
  'docs-rules': '/docs/rules',
  'docs-hookdeck': '/docs/hookdeck',
  'docs-api': '/docs/api',
  'not-found': '/no/such/page',
};
const BROKEN_ID = '00000000-0000-7000-8000-000000000500';
/** Pages of errors, by their status. */
const ERRORS = { 403: '/dev/sign_in/not-a-token', 404: '/no/such/page', 500: `/apps/${BROKEN_ID}` };
/** What the names, URLs, headers and payloads of the seed would bring in, if a page let them. */
const INTRUDERS = 'img[src="x"], main script';
/** Axe once a page, as `FULL`; the rules that schemes and widths can change in both. */
const OTHER = { colorScheme: 'dark', ...NARROW } as const;
/** Where a page must fit, besides. */
const OTHER_WIDTHS = [MIDDLE, NARROW];

describe('pages', { concurrency: 2 }, () => {
  let server: TestServer;
  let browser: Browser;
  let evidence: string;
  let busy: Seeded;
  let fresh: Pick<Seeded, 'signInPath' | 'paths'>;

  before(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
    [busy, fresh] = await Promise.all([seedBusyAccount(server), seedNewAccount(server)]);
    Object.assign(busy.paths, await seedIssues(server, busy), await seedReplays(server, busy));
    const { story, evidence: shown } = await seedEvidence(server, busy);
    Object.assign(busy.paths, { story });
    evidence = shown;
    Object.assign(busy.paths, await seedTransformations(server, busy), await seedRequests(server, busy));
    breakPage(server, BROKEN_ID);
  });
  after(async () => {
    // Of a set-up that failed there is less to end.
    await (browser as Browser | undefined)?.close();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  it('are accessible, fit and stay clean for everyone, in light and dark', async () => {
    await checkAll({ baseURL: server.url }, { ...PUBLIC, evidence });
    await checkAll({ baseURL: server.url, signInPath: fresh.signInPath }, { ...fresh.paths, ...ERRORS });
    await checkAll({ baseURL: server.url, signInPath: busy.signInPath }, busy.paths);
    const { paths, storageState } = await seedPerson(server, busy);
    await checkAll({ baseURL: server.url, storageState }, paths);
  });

  it('show what is wrong with a form, with the focus there, in light and dark', async () => {
    const page = await openStill({ baseURL: server.url, signInPath: busy.signInPath });
    for (const [path, button, field] of refusals(busy.paths)) {
      await lookAt(page, FULL);
      await page.goto(path);
      await page.locator(`[name=${field}]`).fill('');
      await page.getByRole('button', { name: button }).click();
      await page.locator(`[name=${field}]:focus[aria-invalid=true]`).waitFor();
      const offset = await page.evaluate(`getComputedStyle(document.activeElement).outlineOffset`);
      assert.equal(offset, '2px', 'the ring leaves the red border in sight');
      await assertLooks(page, `${path}, refused`);
    }
    await page.context().close();
  });

  it('of the documentation are accessible at the other width of either scheme, too', async () => {
    const page = await openStill({ baseURL: server.url });
    for (const path of [PUBLIC.docs, PUBLIC['docs-api']]) {
      await page.goto(path);
      await page.evaluate(MARK_ALIKE);
      await page.evaluate(SHORTEN);
      for (const look of [
        { ...FULL, ...NARROW },
        { ...OTHER, ...WIDE },
      ]) {
        await lookAt(page, look);
        await assertFits(page, path);
        await assertAccessible(page, `${path}, ${nameOf(look)}`);
      }
    }
    await page.context().close();
  });

  it('say all that they have to without script, weigh less than 100 KB, and carry the Heroku bar', async () => {
    const options = { baseURL: server.url, signInPath: busy.signInPath, javaScriptEnabled: false };
    const page = await openPage(browser, options);
    for (const path of Object.values({ ...busy.paths, ...PUBLIC })) {
      const response = await page.goto(path);
      await assertLight(page, {
        path,
        html: (await response?.text()) ?? '',
        headers: response?.headers() ?? {},
      });
      const { bar, back, hasTitle, dead } = await page.evaluate<Unscripted>(UNSCRIPTED);
      assert.ok(hasTitle, path);
      assert.deepEqual(dead, [], path);
      assert.match(bar, /hosted-hooks-test-1 on acme-shop-production/, path);
      assert.equal(back, 'https://dashboard.heroku.com/apps/acme-shop-production/resources');
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
    await page.goto(busy.paths['app-subscribers'] ?? '');
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

  type Options = Parameters<typeof openPage>[1];

  /** Without motion, or axe measures a colour on its way from one look to the other. */
  async function openStill(options: Options): Promise<Page> {
    return bringAxe(await openPage(browser, { ...options, reducedMotion: 'reduce' }));
  }

  async function checkAll(options: Options, paths: Record<string, string>): Promise<void> {
    const page = await openStill(options);
    const problems = collectProblems(page, server.url);
    for (const path of Object.values(paths)) {
      await lookAt(page, FULL);
      await page.goto(path);
      assert.ok(path === '/sign_in' || new URL(page.url()).pathname !== '/sign_in', `${path} is shown`);
      assert.equal(await page.locator(INTRUDERS).count(), 0, path);
      await assertLooks(page, path);
      assert.deepEqual(problems, [], path);
    }
    await page.context().close();
  }
});

/** All rules, those of looks among them. */
const WHOLE = { also: LOOK_RULES };
/** With more, a second run takes axe less time than finding for the rules of looks where each element lies. */
const MAX_MARKED = 1000;

/**
 * Looks at what is loaded, as `FULL` and in every other way. Of what is made alike on the page, some is left of each
 * kind for the rules of looks, because axe takes long for these.
 */
async function assertLooks(page: Page, name: string): Promise<void> {
  const assertRoom = async (look: Look) => {
    await assertFits(page, `${name}, ${nameOf(look)}`);
    await assertRoomy(page, `${name}, ${nameOf(look)}`);
  };
  await assertRoom(FULL);
  const isLong = (await page.evaluate<number>(MARK_ALIKE)) > MAX_MARKED;
  await assertAccessible(page, `${name}, ${nameOf(FULL)}`, isLong ? { allBut: LOOK_RULES } : WHOLE);
  for (const size of OTHER_WIDTHS) {
    await page.setViewportSize(size);
    await assertFits(page, `${name}, ${nameOf({ ...FULL, ...size })}`);
  }
  await lookAt(page, OTHER);
  await assertRoom(OTHER);
  await page.evaluate(SHORTEN);
  for (const look of isLong ? [OTHER, FULL] : [OTHER]) {
    await lookAt(page, look);
    await assertAccessible(page, `${name}, ${nameOf(look)}`, { only: LOOK_RULES });
  }
}

interface Unscripted {
  hasTitle: boolean;
  /** What shows though it does nothing without script. */
  dead: string[];
  /** Of the Heroku bar: its text, and where its link leads. */
  bar: string;
  back: string | null;
}

const UNSCRIPTED = `(() => {
  const bar = document.querySelector('div#heroku-header');
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility({ visibilityProperty: true }));
  return {
    hasTitle: shown('main h1').length > 0,
    dead: shown('[data-copy], [data-live], [data-tick-all]').map((one) => one.outerHTML.slice(0, 80)),
    bar: bar.innerText,
    back: bar.querySelector('a').getAttribute('href'),
  };
})()`;

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
    [paths['endpoint-rules'] ?? '', 'Save delivery rules', 'retry_policy_interval_seconds'],
    [paths['helpers'] ?? '', 'Create Hook Helper', 'label'],
    [paths['app'] ?? '', 'Send test message', 'data'],
  ] as const;

interface Answer {
  path: string;
  html: string;
  headers: Record<string, string>;
}

/** With styles and scripts, none of which are inline. */
async function assertLight(page: Page, { path, html, headers }: Answer): Promise<void> {
  // The long documents as they are sent, with styles and scripts: compressed.
  const isDocument = path.startsWith('/docs');
  const sentBytes = isDocument ? Number(headers['content-length']) : Buffer.byteLength(html);
  assert.doesNotMatch(html, /<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|<[^>]+\son\w+="/, path);
  const bytes = sentBytes + (await assetBytes(page, { html, areSent: isDocument }));
  assert.ok(sentBytes > 0 && bytes < MAX_BYTES, `${path}: ${String(bytes)} bytes`);
}

/** The bytes of styles and scripts by address: pages share them. */
const knownBytes = new Map<string, Promise<number>>();

async function assetBytes(
  page: Page,
  { html, areSent }: { html: string; areSent: boolean },
): Promise<number> {
  const assets = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset ?? '');
  const bytesOf = async (asset: string) => {
    const response = await page.request.get(asset);
    return areSent ? Number(response.headers()['content-length']) : (await response.body()).length;
  };
  const sizes = await Promise.all(
    assets.map((asset) => {
      const key = `${asset} ${String(areSent)}`;
      const known = knownBytes.get(key) ?? bytesOf(asset);
      knownBytes.set(key, known);
      return known;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
