import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { launchBrowser } from './browser.ts';

/** A page of the provider, of another site than ours, that frames `src` and takes the height that it tells. */
const pageAround = (src: string) => `<!doctype html><title>Acme</title>
  <iframe title="Webhooks" width="800" height="100" src="${src}"></iframe>
  <script>
    addEventListener('message', ({ data }) => {
      if (data.type === 'hostedhooks:height') document.querySelector('iframe').height = data.height;
    });
  </script>`;

test('the portal works in a frame of an origin that the app names, and of no other', async () => {
  await using server = await startTestServer();
  const { app, subscription } = await createSubscribedApp(server, { url: 'http://127.0.0.1:9/' });
  const { apps, portalLinks } = server.container;
  const provider = createServer((_req, res) => {
    const { url } = portalLinks.make(subscription, { expiresInSeconds: 600 });
    res.setHeader('content-type', 'text/html').end(pageAround(url));
  }).listen(0, 'localhost');
  await once(provider, 'listening');
  const origin = `http://localhost:${String((provider.address() as AddressInfo).port)}`;
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(origin);
    await page.waitForLoadState('networkidle');
    const refused = page.frames().filter((frame) => frame.url().includes('/portal/'));
    assert.deepEqual(
      refused.map((frame) => frame.url()),
      [],
      'an origin that is not named',
    );

    await apps.update(app, { portal: { frame_origins: [origin] } });
    await page.goto(origin);
    const portal = page.frameLocator('iframe');
    await portal.getByRole('link', { name: 'Add an endpoint' }).click();
    await portal.getByLabel('Webhook URL').fill('http://127.0.0.1:9/framed');
    await portal.getByRole('button', { name: 'Save endpoint' }).click();
    await portal.getByText('The endpoint is added.').waitFor();
    await portal.getByRole('button', { name: 'Reveal' }).click();
    await portal.getByRole('button', { name: 'Hide' }).waitFor();
    const grows = `document.querySelector('iframe').height > 400`;
    await page.waitForFunction(grows);
    const [, framed] = page.frames();
    assert.ok(framed);
    // The frame is told of its height after it has grown.
    await framed.waitForFunction('document.documentElement.scrollHeight <= innerHeight');
  } finally {
    await browser.close();
    provider.close();
  }
});
