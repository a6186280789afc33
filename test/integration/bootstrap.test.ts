import assert from 'node:assert/strict';
import { chmod, cp, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Program, startProgram } from '#test/support/program.ts';
import { createTemporaryFolder, type TemporaryFolder } from '#test/support/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BOOTSTRAP = 'src/dev/bootstrap.mjs';

/** Commands that tell what reaches them. */
const COMMANDS = {
  exit: `process.exit(Number(process.argv[2]));`,
  where: `console.log(process.env.STARTED_BY); console.log(process.env.PATH); console.log(process.cwd());
    console.log(process.execArgv.join(' '));`,
  wait: `
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => { console.log(signal); process.exit(7); });
    }
    process.on('disconnect', () => { console.log('disconnect'); process.exit(); });
    console.log('ready');`,
  helpless: `console.log('ready'); setInterval(() => {}, 60_000);`,
};

describe('bootstrap', () => {
  it("runs a command on the checkout's Node, in the checkout, and ends with its code", async () => {
    await using checkout = await createCheckout();
    const program = run(checkout, ['where'], { cwd: '/' });
    assert.equal(await program.nextLine(), 'node_modules/node');
    assert.ok((await program.nextLine())?.startsWith(`${join(checkout.path, 'node_modules/.bin')}:`));
    assert.equal(await program.nextLine(), checkout.path);
    assert.equal(await program.nextLine(), '--max-semi-space-size=16', 'as the Procfile says');
    assert.equal(await program.ended, 0);

    assert.equal(await run(checkout, ['exit', '3']).ended, 3);
  });

  it('names a command that does not exist', async () => {
    await using checkout = await createCheckout();
    for (const words of [['nonsense'], ['../where'], []]) {
      const program = run(checkout, words);
      assert.equal(await program.ended, 1);
      assert.match(program.errors(), /There is no command/);
    }
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`passes ${signal} on and waits for the command`, async () => {
      await using checkout = await createCheckout();
      await using program = run(checkout, ['wait']);
      assert.equal(await program.nextLine(), 'ready');
      program.kill(signal);
      assert.equal(await program.nextLine(), signal);
      assert.equal(await program.ended, 7);
    });
  }

  it('ends as a shell does when the command ended by a signal', async () => {
    await using checkout = await createCheckout();
    await using program = run(checkout, ['helpless']);
    assert.equal(await program.nextLine(), 'ready');
    program.kill('SIGTERM');
    assert.equal(await program.ended, 128 + 15);
  });

  it('lets the command see that it was killed', async () => {
    await using checkout = await createCheckout();
    await using program = run(checkout, ['wait']);
    assert.equal(await program.nextLine(), 'ready');
    program.kill('SIGKILL');
    assert.equal(await program.nextLine(), 'disconnect');
  });

  it('ends the command when its own parent was killed, as npm may be', async () => {
    await using checkout = await createCheckout();
    const script = `"$@" & wait`;
    const words = ['-c', script, 'sh', process.execPath, join(checkout.path, BOOTSTRAP), 'wait'];
    await using parent = startProgram('/bin/sh', words);
    assert.equal(await parent.nextLine(), 'ready');
    parent.kill('SIGKILL');
    assert.equal(await parent.nextLine(), 'SIGTERM');
  });

  it('ends the command when npm was killed above the shell that npm puts in between', async () => {
    await using checkout = await createCheckout();
    const shell = [`sh -c '"$@"; true' sh "$@"; true`, 'sh', process.execPath];
    const words = ['-c', ...shell, join(checkout.path, BOOTSTRAP), 'wait'];
    await using npm = startProgram('/bin/sh', words, { env: { ...process.env, npm_execpath: 'npm' } });
    assert.equal(await npm.nextLine(), 'ready');
    npm.kill('SIGKILL');
    assert.equal(await npm.nextLine(), 'SIGTERM');
  });

  it('installs what is missing first, development dependencies too, and says so', async () => {
    await using checkout = await createCheckout();
    await rm(join(checkout.path, 'node_modules/.package-lock.json'));
    const npm = await fakeNpm(checkout, 0);
    const program = run(checkout, ['exit', '0'], { npm });
    assert.match((await program.nextLine()) ?? '', /^Installing/);
    assert.match((await program.nextLine()) ?? '', /^npm ci --include=dev /);
    assert.equal(await program.ended, 0);
  });

  it('installs again when the lock file is newer than what is installed', async () => {
    await using checkout = await createCheckout();
    const later = new Date(Date.now() + 60_000);
    await utimes(join(checkout.path, 'package-lock.json'), later, later);
    const program = run(checkout, ['exit', '0'], { npm: await fakeNpm(checkout, 0) });
    assert.match((await program.nextLine()) ?? '', /^Installing/);
    assert.equal(await program.ended, 0);
  });

  it('explains a failed installation, and does not run the command', async () => {
    await using checkout = await createCheckout();
    await rm(join(checkout.path, 'node_modules/.package-lock.json'));
    const program = run(checkout, ['exit', '0'], { npm: await fakeNpm(checkout, 1) });
    assert.equal(await program.ended, 1);
    assert.match(program.errors(), /The installation failed/);
  });
});

async function createCheckout(): Promise<TemporaryFolder> {
  const folder = await createTemporaryFolder();
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder.path, path)), { recursive: true });
    await writeFile(join(folder.path, path), text);
  };
  await write('package.json', '{"type":"module"}');
  await write('package-lock.json', '{}');
  for (const [name, source] of Object.entries(COMMANDS)) await write(`src/dev/${name}.ts`, source);
  await cp(join(ROOT, BOOTSTRAP), join(folder.path, BOOTSTRAP));
  await write('Procfile', 'release: node src/release.ts\nweb: node --max-semi-space-size=16 src/web.ts\n');
  const node = 'node_modules/node/bin/node';
  await write(node, `#!/bin/sh\nSTARTED_BY=node_modules/node exec '${process.execPath}' "$@"\n`);
  await chmod(join(folder.path, node), 0o755);
  await write('node_modules/.package-lock.json', '{}');
  return folder;
}

async function fakeNpm(folder: TemporaryFolder, exitCode: number): Promise<string> {
  const path = join(folder.path, 'npm.cjs');
  await writeFile(path, `console.log('npm', ...process.argv.slice(2)); process.exit(${String(exitCode)});`);
  return path;
}

function run(folder: TemporaryFolder, words: string[], { npm = 'missing', cwd = folder.path } = {}): Program {
  return startProgram(process.execPath, [join(folder.path, BOOTSTRAP), ...words], {
    cwd,
    env: { ...process.env, npm_execpath: npm },
  });
}
