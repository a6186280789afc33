import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readSamples } from '#src/surfaces/html/samples.ts';
import { startTestServer } from '#test/support/server.ts';
import { launchBrowser, openPage } from './browser.ts';

it('the article copies a sample whole, and of a transcript what is typed', async () => {
  await using server = await startTestServer({ runs: 'web' });
  await using browser = await launchBrowser();
  const page = await openPage(browser, {
    baseURL: server.url,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await page.goto('/docs');
  await page.getByRole('link', { name: 'Python' }).first().click();
  await page.waitForURL('**/docs?language=python#samples-*');

  const copied = async (name: string) => {
    await page.getByRole('button', { name: `Copy: ${name}` }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    await page.getByRole('button', { name: 'Copied' }).waitFor({ state: 'hidden' });
    return page.evaluate<string>('navigator.clipboard.readText()');
  };
  const sample = readSamples('send', server.url).find(({ language }) => language === 'python');
  assert.equal(await copied('Using with Python'), sample?.code);
  assert.equal(await copied('$ heroku addons:destroy'), 'heroku addons:destroy hosted-hooks');
});
