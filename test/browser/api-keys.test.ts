import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWithHeroku } from '#test/support/heroku.ts';
import { cookiesOf, postSignOn, signOnForm } from '#test/support/partner-calls.ts';
import { launchBrowser, type Page } from './browser.ts';
import { assertAccessible, bringAxe, FULL, type Look, LOOK_RULES, lookAt, NARROW, WIDE } from './look.ts';

test('an admin rotates a key that we cannot put into the config, in light and dark, wide and narrow', async () => {
  await using both = await startWithHeroku();
  const browser = await launchBrowser();
  try {
    for (const look of [FULL, { colorScheme: 'dark', ...NARROW }] as const) {
      const { colorScheme, ...viewport } = look;
      const { uuid } = await both.provision({ oauth_grant: null });
      const [name = '', value = ''] = cookiesOf(await postSignOn(both.server, signOnForm(both.server, uuid)))
        .split('; ')
        .find((cookie) => cookie.startsWith('hostedhooks.sid'))!
        .split('=');
      const context = await browser.newContext({ colorScheme, viewport });
      await context.addCookies([{ name, value, url: both.server.url }]);
      const page = await bringAxe(await context.newPage());
      await page.goto(`${both.server.url}/settings/account?addon=${uuid}#api-keys`);
      await check(page, { name: `before, ${colorScheme}`, look });
      await page.selectOption('select[name=grace]', '3600');
      await page.getByRole('button', { name: 'Rotate key' }).click();
      await page.getByText('This is the new key').waitFor();
      assert.match((await page.locator('#api-keys .copyable code').textContent()) ?? '', /^hh_/);
      await check(page, { name: `rotated, ${colorScheme}`, look });
      await page.getByRole('button', { name: /It is in the config/ }).click();
      await page.getByText('the old one ends as you chose').waitFor();
      await check(page, { name: `confirmed, ${colorScheme}`, look });
      await page.getByLabel('Name', { exact: true }).fill('Build server of the team in Rotterdam');
      await page.getByLabel('Read').check();
      await page.selectOption('select[name=lasts]', '90');
      await page.getByRole('button', { name: 'Make key' }).click();
      await page.getByText('This is the new key').waitFor();
      await check(page, { name: `made, ${colorScheme}`, look });
      await context.close();
    }
  } finally {
    await browser.close();
  }
});

/** At both widths, and then again as it was. The other sections of the page have tests of their own. */
async function check(page: Page, { name, look }: { name: string; look: Look }): Promise<void> {
  await lookAt(page, { ...look, ...WIDE });
  await assertAccessible(page, name, look === FULL ? {} : { only: LOOK_RULES });
  for (const size of [WIDE, NARROW]) {
    await lookAt(page, { ...look, ...size });
    const tooWide = await page.locator('#api-keys').evaluate(OVERFLOW);
    assert.equal(tooWide, 0, `${name}, ${String(size.width)} px, is too wide`);
  }
  await lookAt(page, look);
}

const OVERFLOW = (element: { scrollWidth: number; clientWidth: number }) =>
  element.scrollWidth - element.clientWidth;
