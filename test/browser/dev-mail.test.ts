import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { SAMPLES } from '#test/support/mail-samples.ts';
import { ADMIN, allMails, enqueueMail } from '#test/support/mails.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { collectProblems, launchBrowser, openPage } from './browser.ts';
import { assertAccessible, assertFits, bringAxe, LOOK_RULES, NARROW, WIDE } from './look.ts';

/** Names as customers may choose them; a line has no place to break in. */
const LONG = `<b>${'globex'.repeat(20)}</b>`;

describe('mails in a browser', () => {
  let server: TestServer;
  let browser: Browser;
  before(async () => {
    [server, browser] = await Promise.all([startTestServer({ runs: 'web' }), launchBrowser()]);
    const { accountId } = await server.createAccount();
    await server.container.pool.query('update heroku_resources set app_name = $2 where account_id = $1', [
      accountId,
      LONG,
    ]);
    for (const sample of Object.values(SAMPLES)) {
      await enqueueMail(server, { ...sample, accountId, to: ADMIN });
    }
  });
  after(async () => {
    await (browser as Browser | undefined)?.close();
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [WIDE, NARROW]) {
      it(`are accessible and fit in ${colorScheme} at ${String(viewport.width)} pixels`, async () => {
        const page = await bringAxe(await openPage(browser, { baseURL: server.url, colorScheme, viewport }));
        const rules = colorScheme === 'light' && viewport === WIDE ? {} : { only: LOOK_RULES };
        const problems = collectProblems(page, server.url);
        const mails = await allMails(server);
        for (const path of ['/dev/mail', `/dev/mail/${mails[0]!.id}`, `/dev/mail/${mails[0]!.id}/html`]) {
          await page.goto(path);
          await assertFits(page, path);
          // In the sandbox of a mail no script runs, axe included.
          if (!path.endsWith('/html')) await assertAccessible(page, path, rules);
        }
        await page.goto('about:blank');
        for (const { html, subject } of mails) {
          await page.setContent(html);
          await assertFits(page, subject);
          await assertAccessible(page, subject, rules);
        }
        // A sandbox is of no origin, which Chromium remarks upon.
        assert.deepEqual(
          problems.filter((problem) => !problem.includes('origin-keyed')),
          [],
        );
        await page.context().close();
      });
    }
  }
});
