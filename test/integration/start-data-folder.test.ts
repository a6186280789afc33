import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '#test/support/eventually.ts';
import { freePort } from '#src/dev/free-port.ts';
import { type Program, startProgram } from '#test/support/program.ts';
import { startReceiver } from '#test/support/receiver.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

// `npm start` with its embedded database: whose the data folder is.

test('a second start on the same data folder is refused, and heroku finds the first', async () => {
  await using folder = await createTemporaryFolder();
  await using first = await startOn(folder.path);

  const second = run('start', { PORT: String(await freePort()), DATA_DIR: folder.path });
  assert.equal(await second.ended, 1);
  assert.equal(
    second.errors(),
    `HostedHooks already runs at ${first.url} with this data folder (pid ${String(first.program.pid)}). ` +
      'Stop it, or set another DATA_DIR.\n',
  );

  const heroku = run('heroku', { DATA_DIR: folder.path }, 'addons:create', 'hosted-hooks', '-a', 'found');
  assert.equal(await heroku.ended, 0, heroku.errors());
  const link = run('heroku', { DATA_DIR: folder.path }, 'addons:open', '-a', 'found');
  assert.ok((await link.nextLine())?.startsWith(`Opening ${first.url}/`));

  first.program.kill('SIGTERM');
  const runFile = join(folder.path, 'run.json');
  await eventually(
    'stopping',
    () => !existsSync(runFile) || readFileSync(runFile, 'utf8').includes('"isStopping":true'),
  );
  const next = run('start', { PORT: String(await freePort()), DATA_DIR: folder.path });
  assert.equal(await first.program.ended, 0);
  await readUntil(next, /^curl /);
  next.kill('SIGTERM');
  assert.equal(await next.ended, 0);
  assert.ok(!existsSync(runFile));
});

test('after kill -9 the next start continues what was under way, without waiting for its lease', async () => {
  await using folder = await createTemporaryFolder();
  const leased = { DELIVERY_LEASE_SECONDS: '3600' };
  let isHanging = true;
  await using receiver = await startReceiver(({ response }) => {
    if (!isHanging) response.writeHead(200).end();
  });
  {
    await using first = await startOn(folder.path, leased);
    await first.call('PUT', '/apps/demo/endpoints/hanging', {
      url: receiver.url,
      version: '1.0',
      enabled_events: '*',
      subscription: { uid: 'hanging', name: 'Hanging' },
    });
    await first.call('POST', '/subscriptions/hanging/messages', {
      event_type: 'user.created',
      version: '1.0',
      data: {},
    });
    await receiver.nextRequest();
    first.program.kill('SIGKILL');
    await first.program.ended;
  }
  isHanging = false;

  await using second = await startOn(folder.path, leased);
  await receiver.nextRequest();

  assert.ok(second.lines.includes('Rescuing 1 delivery…'), second.lines.join('\n'));
});

test('a data folder that is none is refused in a sentence', async () => {
  await using folder = await createTemporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  for (const path of [file, join(file, 'below')]) {
    const program = run('start', { PORT: String(await freePort()), DATA_DIR: path });
    assert.equal(await program.ended, 1);
    assert.match(program.errors(), /^DATA_DIR: .* cannot be used as a folder \(.*\)\.\n$/);
  }
});

/** What there is in the data folder at several moments of a first start. */
const MOMENTS = ['run.json', 'postgres/PG_VERSION', 'postgres/postmaster.pid'];

for (const made of MOMENTS) {
  test(`a signal while it is starting, when it has made ${made}, stops it cleanly`, async () => {
    await using folder = await createTemporaryFolder();
    await using program = run('start', { PORT: String(await freePort()), DATA_DIR: folder.path });
    await eventually(`made ${made}`, () => existsSync(join(folder.path, made)));
    program.kill('SIGTERM');
    assert.equal(await program.ended, 0, program.errors());
    assert.ok(!existsSync(join(folder.path, 'run.json')));
  });
}

interface Started extends AsyncDisposable {
  url: string;
  program: Program;
  /** What it said until it was ready. */
  lines: string[];
  call(method: string, path: string, body: object): Promise<void>;
}

async function startOn(dataDir: string, env: Record<string, string> = {}): Promise<Started> {
  const port = String(await freePort());
  const program = run('start', { PORT: port, DATA_DIR: dataDir, ...env });
  const lines = await readUntil(program, /^curl /);
  const url = `http://localhost:${port}`;
  const apiKey = lines.find((line) => line.startsWith('hh_')) ?? '';
  return {
    url,
    program,
    lines,
    async call(method, path, body) {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 201, await response.text());
    },
    async [Symbol.asyncDispose]() {
      program.kill('SIGTERM');
      await Promise.race([program.ended, pause(10_000, undefined, { ref: false })]);
      await program[Symbol.asyncDispose]();
    },
  };
}

function run(command: string, env: Record<string, string>, ...args: string[]): Program {
  const { PATH } = process.env;
  return startProgram(process.execPath, [`src/dev/${command}.ts`, ...args], {
    env: { PATH, LOG_LEVEL: 'warn', ...env },
  });
}

async function readUntil(program: Program, wanted: RegExp): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await program.nextLine(); line !== undefined; line = await program.nextLine()) {
    lines.push(line);
    if (wanted.test(line)) return lines;
  }
  throw new Error(`It ended without ${String(wanted)}: ${program.errors()}`);
}
