import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWithHeroku } from '#test/support/heroku.ts';
import { cookiesOf, postSignOn, signOnForm } from '#test/support/partner-calls.ts';
import { launchBrowser, type Page } from './browser.ts';
import { assertAccessible, NARROW, WIDE } from './look.ts';

test('an admin rotates a key that we cannot put into the config, in light and dark, wide and narrow', async () => {
  await using both = await startWithHeroku();
  const browser = await launchBrowser();
  try {
    for (const viewport of [WIDE, NARROW]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { uuid } = await both.provision({ oauth_grant: null });
        const [name = '', value = ''] = cookiesOf(
          await postSignOn(both.server, signOnForm(both.server, uuid)),
        )
          .split('; ')
          .find((cookie) => cookie.startsWith('hostedhooks.sid'))!
          .split('=');
        const context = await browser.newContext({ viewport, colorScheme });
        await context.addCookies([{ name, value, url: both.server.url }]);
        const page = await context.newPage();
        await page.goto(`${both.server.url}/settings/account?addon=${uuid}#api-keys`);
        const state = `${colorScheme}, ${String(viewport.width)}`;
        await check(page, `before, ${state}`);
        await page.selectOption('select[name=grace]', '3600');
        await page.getByRole('button', { name: 'Rotate key' }).click();
        await page.getByText('This is the new key').waitFor();
        assert.match((await page.locator('#api-keys .copyable code').textContent()) ?? '', /^hh_/);
        await check(page, `rotated, ${state}`);
        await page.getByRole('button', { name: /It is in the config/ }).click();
        await page.getByText('the old one ends as you chose').waitFor();
        await check(page, `confirmed, ${state}`);
        await page.getByLabel('Name', { exact: true }).fill('Build server of the team in Rotterdam');
        await page.getByLabel('Read').check();
        await page.selectOption('select[name=lasts]', '90');
        await page.getByRole('button', { name: 'Make key' }).click();
        await page.getByText('This is the new key').waitFor();
        await check(page, `made, ${state}`);
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
});

/** The other sections of the page have tests of their own. */
async function check(page: Page, name: string): Promise<void> {
  if (page.viewportSize()?.width === WIDE.width) await assertAccessible(page, name);
  const section = page.locator('#api-keys');
  const tooWide = await section.evaluate(
    (element: { scrollWidth: number; clientWidth: number }) => element.scrollWidth - element.clientWidth,
  );
  assert.equal(tooWide, 0, `${name} is too wide`);
}
