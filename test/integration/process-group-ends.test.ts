import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { ProcessGroup } from '#src/boot/process-group.ts';
import { eventually } from '#test/support/eventually.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

const READY = `process.send('hostedhooks is ready');`;

/** Two processes that run `source`. */
async function groupOf(folder: { path: string }, source: string): Promise<ProcessGroup> {
  const program = join(folder.path, 'program.mjs');
  await writeFile(program, source);
  const envOf = (number: number) => ({ NUMBER: String(number), FOLDER: folder.path });
  return new ProcessGroup({ count: 2, envOf, logLevel: 'silent', program, minBackoffMs: 1 });
}

const failsWith = (exitCode: number) => (error: unknown) =>
  error instanceof CannotStart && error.exitCode === exitCode;

test('a process that cannot start ends the group with its exit code', async () => {
  await using folder = await createTemporaryFolder();
  const group = await groupOf(
    folder,
    `if (process.env.NUMBER === '2') process.exit(78);
     process.on('message', () => process.exit()); ${READY}`,
  );
  await assert.rejects(group.start(), failsWith(78));
});

test('when all have died and none starts any more, the group fails', async () => {
  await using folder = await createTemporaryFolder();
  const group = await groupOf(
    folder,
    `import { existsSync, writeFileSync } from 'node:fs';
     const lived = process.env.FOLDER + '/' + process.env.NUMBER;
     if (existsSync(lived)) process.exit(3);
     writeFileSync(lived, '');
     ${READY}
     setTimeout(() => process.exit(3), 50);`,
  );
  await group.start();
  await assert.rejects(group.failed, failsWith(1));
  await group.stop();
});

test('a process that does not start again is tried for as long as another runs', async () => {
  await using folder = await createTemporaryFolder();
  const group = await groupOf(
    folder,
    `import { appendFileSync, readFileSync } from 'node:fs';
     const isFirst = process.env.NUMBER === '1';
     const lives = process.env.FOLDER + '/lives';
     if (!isFirst) appendFileSync(lives, '.');
     const count = isFirst ? 0 : readFileSync(lives).length;
     if (count > 1 && count < 8) process.exit(3);
     process.on('message', () => process.exit());
     ${READY}
     if (count === 1) setTimeout(() => process.exit(3), 50);`,
  );
  await group.start();
  const lives = () => readFileSync(join(folder.path, 'lives')).length;
  const isAlive = eventually('alive again', () => lives() === 8);
  await Promise.race([group.failed, isAlive]);
  await group.stop();
});
