import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startReceiver } from '#test/support/receiver.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

const GENERATOR = 'node_modules/openapi-typescript/bin/cli.js';

/** What a customer writes with the types of `openapi-typescript`: each call is checked against our description. */
const PROGRAM = `
  import createClient from 'openapi-fetch';
  import type { paths } from './api.ts';

  export async function use(baseUrl: string, apiKey: string, receiverUrl: string): Promise<string[]> {
    const { GET, POST, PUT } = createClient<paths>({
      baseUrl,
      headers: { authorization: \`Bearer \${apiKey}\` },
    });
    const { data: made } = await POST('/apps', { body: { name: 'Acme' } });
    if (made === undefined) throw new Error('no app');
    const path = { app: made.id };
    await POST('/apps/{app}/webhook_events', { params: { path }, body: { event_type: 'order.created' } });
    const { data: endpoint } = await PUT('/apps/{app}/endpoints/{endpoint}', {
      params: { path: { ...path, endpoint: 'globex-1' } },
      body: { url: receiverUrl, version: '1.0', subscription: { uid: 'globex', name: 'Globex' } },
    });
    const status: string | undefined = endpoint?.status;
    const sent = await POST('/apps/{app}/messages', {
      params: { path },
      body: { event_type: 'order.created', version: '1.0', data: { order: 42 } },
    });
    const message: string | undefined = sent.data?.id;
    if (message === undefined) throw new Error(JSON.stringify(sent.error));
    const listed = await untilSome(async () => {
      const query = { per_page: 5, status: 'success' as const, message_id: message };
      const { data = [] } = await GET('/apps/{app}/webhook_attempts', { params: { path, query } });
      return data;
    });
    const code: string | null | undefined = listed[0]?.status_code;
    const replayed = await POST('/apps/{app}/webhook_attempts/{attempt}/replay', {
      params: { path: { ...path, attempt: listed[0]?.id ?? '' } },
      body: { force: true },
    });
    const wrong = await GET('/apps/{app}', { params: { path: { app: 'none' } } });
    const error: string | undefined = wrong.error?.code;
    return [String(status), String(code), String(replayed.response.status), String(error)];
  }

  async function untilSome<T>(list: () => Promise<T[]>, times = 1000): Promise<T[]> {
    const rows = await list();
    if (rows.length > 0 || times === 0) return rows;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return untilSome(list, times - 1);
  }
`;

const COMPILER = 'node_modules/typescript/bin/tsc';

/** As a strict project has them. */
const COMPILER_OPTIONS = {
  strict: true,
  noEmit: true,
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  allowImportingTsExtensions: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: [],
};

test('a client that is generated from the description compiles, and creates, sends, lists and replays', async () => {
  await using server = await sharedServer();
  await using receiver = await startReceiver();
  await using folder = await createTemporaryFolder();
  const { apiKey } = await server.createAccount();

  const description = `${server.url}/api/v1/openapi.json`;
  await promisify(execFile)(process.execPath, [GENERATOR, description, '-o', join(folder.path, 'api.ts')]);
  await writeFile(join(folder.path, 'package.json'), '{"type":"module"}');
  await symlink(resolve('node_modules'), join(folder.path, 'node_modules'));
  const program = join(folder.path, 'program.ts');
  await writeFile(program, PROGRAM);
  const project = { compilerOptions: COMPILER_OPTIONS, files: [program] };
  await writeFile(join(folder.path, 'tsconfig.json'), JSON.stringify(project));
  assert.equal(await problemsOf(folder.path), '');

  const { use } = (await import(pathToFileURL(program).href)) as {
    use: (...given: string[]) => Promise<string[]>;
  };
  const read = await use(`${server.url}/api/v1`, apiKey, receiver.url);
  assert.deepEqual(read, ['active', '200', '202', 'not_found']);
  const triggers = [await receiver.nextRequest(), await receiver.nextRequest()].map(
    ({ headers }) => headers['hostedhooks-trigger'],
  );
  assert.deepEqual(triggers, ['automatic', 'replay']);
});

/** In a process of its own, because the server could not answer, nor end idle connections, while this one compiles. */
async function problemsOf(folder: string): Promise<string> {
  const compiled = promisify(execFile)(process.execPath, [COMPILER, '-p', folder]);
  // A compiler that does not run says so on the other stream, or in the error alone.
  const failed = await compiled.then(
    () => null,
    (error: unknown) => error as Error & { stdout: string; stderr: string },
  );
  return failed === null ? '' : failed.stdout + failed.stderr || String(failed);
}
