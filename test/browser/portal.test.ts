import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { collectProblems, launchBrowser, openPage } from './browser.ts';
import { assertAccessible, assertFits, LOOK_RULES, NARROW, WIDE } from './look.ts';

test('the portal is accessible, fits and reveals a secret in place, in both colour schemes', async () => {
  await using server = await startTestServer();
  await using receiver = await startReceiver(answer(410));
  const subscribed = await createSubscribedApp(server, {
    url: `${receiver.url}/${'a-long-path/'.repeat(8)}`,
  });
  const { app, subscription } = subscribed;
  await server.container.endpoints.create(subscription, {
    url: receiver.url,
    version: '2.0',
    description: 'Orders',
  });
  await subscribed.post();
  await eventually('off', async () => (await subscribed.endpointNow()).status === 'inactive');
  const home = `/portal/${subscription.id}`;
  const path = `${home}/endpoints/${subscribed.endpoint.id}`;
  const [event] = await server.container.webhookEvents.all(app);
  const [attempt] = await server.container.attempts.latestOfSubscription(subscription, 1);
  const paths = [
    ...['/portal', '/portal/nothing/here', path, `${path}/edit`, `${path}/repair`, `${home}/endpoints/new`],
    ...[`${home}/events`, `${home}/events/${event?.id ?? ''}`, `${home}/attempts/${attempt?.id ?? ''}`],
    ...[`${path}/verifying`, `${path}/signature`, `${path}/rules`],
  ];
  const signInPath = server.container.portalLinks.make(subscription, { expiresInSeconds: 600 }).url;
  const browser = await launchBrowser();
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openPage(browser, {
        baseURL: server.url,
        signInPath,
        colorScheme,
        reducedMotion: 'reduce',
      });
      const problems = collectProblems(page, server.url);
      for (const path of paths) {
        // The schemes differ in colours alone.
        for (const size of colorScheme === 'light' ? [WIDE, NARROW] : [WIDE]) {
          await page.setViewportSize(size);
          await page.goto(path);
          await assertFits(page, `${path}, ${colorScheme}, ${String(size.width)} px`);
          const rules = colorScheme === 'light' && size === WIDE ? {} : { only: LOOK_RULES };
          await assertAccessible(page, `${path}, ${colorScheme}, ${String(size.width)} px`, rules);
        }
      }
      await page.goto(path);
      await page.getByRole('button', { name: 'Reveal' }).click();
      const secret = server.container.endpoints.revealSecret(
        await server.container.endpoints.getOfApp(app, subscribed.endpoint.id),
      );
      await page.getByText(secret).waitFor();
      await assertAccessible(page, `revealed, ${colorScheme}`);
      assert.deepEqual(problems, []);
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
});
