import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer } from '#test/support/behaviours.ts';
import { eventually } from '#test/support/eventually.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { startTestServer } from '#test/support/server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';
import { collectProblems, launchBrowser, openPage } from './browser.ts';
import { assertAccessible, assertFits, bringAxe, FULL, LOOK_RULES, lookAt } from './look.ts';
import { nameOf, NARROW, WIDE } from './look.ts';

/** The schemes differ in colours alone. */
const DARK = { colorScheme: 'dark', ...WIDE } as const;
const LOOKS = [FULL, { ...FULL, ...NARROW }, DARK];

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
    const page = await bringAxe(
      await openPage(browser, { baseURL: server.url, signInPath, reducedMotion: 'reduce' }),
    );
    const problems = collectProblems(page, server.url);
    for (const path of paths) {
      await lookAt(page, FULL);
      await page.goto(path);
      for (const look of LOOKS) {
        await lookAt(page, look);
        await assertFits(page, `${path}, ${nameOf(look)}`);
        await assertAccessible(page, `${path}, ${nameOf(look)}`, look === FULL ? {} : { only: LOOK_RULES });
      }
    }
    await lookAt(page, FULL);
    await page.goto(path);
    await page.getByRole('button', { name: 'Reveal' }).click();
    const secret = server.container.endpoints.revealSecret(
      await server.container.endpoints.getOfApp(app, subscribed.endpoint.id),
    );
    await page.getByText(secret).waitFor();
    await assertAccessible(page, `revealed, ${nameOf(FULL)}`);
    await lookAt(page, DARK);
    await assertAccessible(page, `revealed, ${nameOf(DARK)}`, { only: LOOK_RULES });
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});
