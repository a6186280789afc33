import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { runProgram } from './run-program.ts';

type Step = [name: string, program: string, ...args: string[]];

/** What looks at the sources: side by side, each on a core of its own. */
const LOOKS: Step[] = [
  ['lint', 'eslint', '.', '--max-warnings=0'],
  ['types', 'tsc', '--noEmit'],
  ['format', 'prettier', '--check', '--log-level=warn', '.'],
  ['architecture', 'depcruise', 'src', 'test', '--config', '.dependency-cruiser.mjs'],
  ['unused', 'knip', '--no-progress'],
  ['schema', process.execPath, 'src/dev/dump-schema.ts', '--check'],
];
const TESTS: Step = ['tests', process.execPath, 'src/dev/test.ts'];

const failed: string[] = [];

/** What a change must pass; `npm run check` here and in continuous integration. */
await Promise.all(LOOKS.map(look));
await test(TESTS);

if (failed.length > 0) {
  console.error(styleText('red', `\nFailed: ${failed.join(', ')}`));
  process.exitCode = 1;
}

/** Tells what a program said when it has ended. */
async function look([name, program, ...args]: Step): Promise<void> {
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  head(name);
  process.stdout.write(output + errors);
  report(name, code, startedAt);
}

async function test([name, program, ...args]: Step): Promise<void> {
  const startedAt = performance.now();
  head(name);
  const code = await runProgram(program, args);
  // 128 and more: ended by a signal, as is the whole check.
  if (code > 128) process.exit(code);
  report(name, code, startedAt);
}

function head(name: string): void {
  console.log(styleText('bold', `\n== ${name}`));
}

function report(name: string, code: number, startedAt: number): void {
  if (code !== 0) failed.push(name);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}
