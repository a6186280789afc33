import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { API_SAMPLES, type SampleLanguage } from '#src/docs/api-samples/index.ts';
import type { SampleRequest } from '#src/docs/api-samples/sample-request.ts';
import { apiOfNewAccount, makeApp } from '../support/api.ts';
import { startTestServer } from '../support/server.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';
import { signedInVisitor } from './pages-support.ts';

const server = await startTestServer();
after(() => server[Symbol.asyncDispose]());
const run = promisify(execFile);

describe('the reference at /docs/api', () => {
  test('shows every operation with its sample, to everyone', async () => {
    const page = await (await fetch(`${server.url}/docs/api`)).text();
    for (const { operation } of server.description.operations) {
      assert.ok(page.includes(`<h3 id="${operation.operationId}">`), operation.operationId);
    }
    assert.match(page, /curl[^<]*\/apps\/APP_ID\/messages/);
    for (const name of Object.keys(server.description.document.components.schemas)) {
      if (page.includes(`href="#shape-${name}"`)) assert.ok(page.includes(`id="shape-${name}"`), name);
    }
  });

  test('shows samples in the chosen language', async () => {
    const page = await (await fetch(`${server.url}/docs/api?language=go`)).text();
    assert.match(page, /http\.NewRequest/);
    assert.doesNotMatch(page, /curl -X/);
  });

  test("holds the id of the reader's own app", async () => {
    const visitor = await signedInVisitor(server);
    const app = await server.container.apps.create(visitor.accountId, { name: 'Acme' });
    const { text } = await visitor.get('/docs/api');
    assert.ok(text.includes(`/apps/${app.id}/messages`));
  });
});

/** How each language runs a program. */
const PROGRAMS: Record<SampleLanguage, { file: string; command: string; args: string[] }> = {
  curl: { file: 'sample.sh', command: 'sh', args: [] },
  node: { file: 'sample.mjs', command: process.execPath, args: [] },
  ruby: { file: 'sample.rb', command: 'ruby', args: [] },
  python: { file: 'sample.py', command: 'python3', args: [] },
  php: { file: 'sample.php', command: 'php', args: [] },
  go: { file: 'sample.go', command: 'go', args: ['run'] },
};
const ALWAYS_THERE = ['curl', 'node'];
/** Compiling takes longer than all others together. */
const SLOW = ['go'];

describe('a sample runs as it is shown', async () => {
  const api = await apiOfNewAccount(server);
  const { app } = await makeApp(api);
  const name = `It's "quoted" \\ $x #{y} é`;
  const root = `${server.url}/api/v1`;
  const body = { contentType: 'application/json', value: { name, uid: null, retry_delays: [1, 2.5] } };
  const requests: SampleRequest[] = [
    { method: 'PATCH', url: `${root}/apps/${app.id}`, body },
    { method: 'GET', url: `${root}/apps/${app.id}`, body: undefined },
  ];

  for (const [language, { write }] of Object.entries(API_SAMPLES)) {
    const { file, command, args } = PROGRAMS[language as SampleLanguage];
    // In CI a language that is missing fails; Go, whose compiler takes longer than all others together, is read only.
    const isRun = SLOW.includes(language)
      ? process.env['TEST_GO_SAMPLES'] !== undefined
      : process.env['CI'] !== undefined || ALWAYS_THERE.includes(language) || (await isInstalled(command));
    test(
      isRun ? `in ${language}` : `in ${language} (not executed here: only its text is looked at)`,
      async () => {
        if (!isRun) {
          for (const request of requests) {
            const text = write(request);
            assert.ok(text.includes(request.url) && text.includes(request.method), text);
            assert.doesNotMatch(text, /undefined|\[object/);
          }
          return;
        }
        await using folder = await createTemporaryFolder();
        for (const request of requests) {
          const path = join(folder.path, file);
          await writeFile(path, write(request));
          const { stdout } = await run(command, [...args, path], {
            env: { ...process.env, HOSTEDHOOKS_API_KEY: api.apiKey },
          });
          const answered = JSON.parse(
            stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1),
          ) as object;
          assert.partialDeepStrictEqual(answered, { id: app.id, name });
        }
        await api.patch(`/apps/${app.id}`, { name: 'Acme' });
      },
    );
  }
});

async function isInstalled(command: string): Promise<boolean> {
  return run(command, ['--version']).then(
    () => true,
    () => false,
  );
}
