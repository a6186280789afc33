import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createTestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Program, startProgram } from '#test/support/program.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

interface Greeting {
  apiKey: string;
  signInUrl: string;
  hookHelperUrl: string;
  curl: string;
}

test('npm start presents a first webhook that arrives, and finds everything again the second time', async () => {
  await using database = await createTestDatabase();
  await using folder = await createTemporaryFolder();
  const env = { ...(await portEnv()), DATABASE_URL: database.url, DATA_DIR: folder.path };

  await using first = start(env);
  const greeting = await readGreeting(first);
  const [, url, headers, body] = /^curl -X POST '([^']*)' (.*) -d '([^']*)'$/.exec(greeting.curl)!;
  assert.ok(headers!.includes(`'Authorization: Bearer ${greeting.apiKey}'`));
  const api = apiOf(url!, greeting.apiKey);
  assert.equal((await api(url!, { method: 'POST', body: body! })).status, 201);
  const helperId = greeting.hookHelperUrl.split('/').at(-1)!;
  await eventually('received by the Hook Helper', async () => {
    const received = await api(`/hook_helpers/${helperId}/requests`);
    return ((await received.json()) as unknown[]).length === 1;
  });

  const signedIn = await fetch(greeting.signInUrl, { redirect: 'manual' });
  assert.equal(signedIn.status, 302);
  assert.match(signedIn.headers.get('location') ?? '', /^\/dashboard\?addon=/);

  first.kill('SIGTERM');
  assert.equal(await first.ended, 0);

  await using second = start(env);
  const again = await readGreeting(second);
  assert.deepEqual({ ...again, signInUrl: '' }, { ...greeting, signInUrl: '' });
  for (const path of ['/apps', '/apps/demo/webhook_events', '/apps/demo/endpoints', '/hook_helpers']) {
    const list = (await (await api(path)).json()) as unknown[];
    assert.equal(list.length, 1, path);
  }
  second.kill('SIGINT');
  assert.equal(await second.ended, 0);
});

test('npm start delivers to the Hook Helper also where private networks are closed', async () => {
  await using database = await createTestDatabase();
  await using folder = await createTemporaryFolder();
  const env = {
    ...(await portEnv()),
    DATABASE_URL: database.url,
    DATA_DIR: folder.path,
    DELIVERY_ALLOW_PRIVATE_NETWORKS: 'false',
  };
  await using program = start(env);
  assert.match((await readGreeting(program)).apiKey, /^hh_/);
});

test('npm start names every problem of the environment and exits 78', async () => {
  await using program = start({ PORT: 'http', LOG_LEVEL: 'loud' });
  assert.equal(await program.ended, 78);
  assert.match(program.errors(), /PORT[^]*LOG_LEVEL/);
});

test('npm start says so when its port is taken', async () => {
  await using database = await createTestDatabase();
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, () => resolve((taken.address() as { port: number }).port));
  });
  await using program = start({ PORT: String(port), DATABASE_URL: database.url });
  const code = await program.ended;
  taken.close();
  assert.notEqual(code, 0);
  assert.match(program.errors(), new RegExp(`PORT: ${String(port)} is used by another program`));
});

function start(env: Record<string, string>): Program {
  const everything = { ...process.env, LOG_LEVEL: 'warn', ...env };
  return startProgram(process.execPath, ['src/dev/start.ts'], { env: everything });
}

async function readGreeting(program: Program): Promise<Greeting> {
  const found: Partial<Record<string, string>> = {};
  for (let line = await program.nextLine(); line !== undefined; line = await program.nextLine()) {
    if (line.startsWith('hh_')) found['apiKey'] = line;
    if (/^http.*\/dev\/sign_in\//.test(line)) found['signInUrl'] = line;
    if (/^http.*\/hook_helpers\//.test(line)) found['hookHelperUrl'] = line;
    if (line.startsWith('curl ')) found['curl'] = line;
    if (found['curl'] !== undefined && line === '') return found as unknown as Greeting;
  }
  throw new Error(`npm start ended without a greeting: ${program.errors()}`);
}

function apiOf(url: string, apiKey: string) {
  const base = `${new URL(url).origin}/api/v1`;
  return (path: string, init: RequestInit = {}) =>
    fetch(path.startsWith('http') ? path : `${base}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    });
}

async function portEnv(): Promise<{ PORT: string }> {
  const probe = createServer();
  const port = await new Promise<number>((resolve) => {
    probe.listen(0, () => resolve((probe.address() as { port: number }).port));
  });
  await new Promise((resolve) => probe.close(resolve));
  return { PORT: String(port) };
}
