import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AppDirectory } from '#src/pipeline/routing/app-directory.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createSubscribedApp } from '#test/support/subscribed-app.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const url = 'https://receiver.example/';

test('an app takes as much room in the cache as it has endpoints', async () => {
  const [large, small] = [
    await createSubscribedApp(server, { url }),
    await createSubscribedApp(server, { url }),
  ];
  for (let count = 0; count < 10; count += 1) {
    await server.container.endpoints.create(large.subscription, { url, version: '1.0' });
  }
  // Room for two apps of few endpoints.
  const directory = new AppDirectory({ ...server.container, maxCachedEndpoints: 30 });

  assert.equal((await directory.get(large.app.id))?.endpoints.size, 11);
  assert.equal(directory.cached(large.app.id)?.endpoints.size, 11);
  await directory.get(small.app.id);
  assert.equal(directory.cached(large.app.id), undefined);
  assert.equal(directory.cached(small.app.id)?.endpoints.size, 1);
});

test('an app that is larger than the cache is cached all the same', async () => {
  const { app } = await createSubscribedApp(server, { url });
  const directory = new AppDirectory({ ...server.container, maxCachedEndpoints: 12 });
  assert.equal(await directory.get(app.id), directory.cached(app.id));
});

test('an app is cached once it is loaded, until it is forgotten or gone', async () => {
  const { app } = await createSubscribedApp(server, { url });
  const directory = new AppDirectory(server.container);
  const loading = directory.get(app.id);
  assert.equal(directory.cached(app.id), undefined, 'what is being loaded is not there yet');
  assert.equal(await loading, directory.cached(app.id));
  directory.forget(app.id);
  assert.equal(directory.cached(app.id), undefined);
});
