import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';
import { runProgram } from './run-program.ts';

type Step = [name: string, program: string, ...args: string[]];

/** Static checks of the sources, which run in parallel. */
const STATIC_CHECKS: Step[] = [
  ['lint', 'eslint', '.', '--max-warnings=0'],
  ['types', 'tsc', '--noEmit'],
  ['format', 'prettier', '--check', '--log-level=warn', '.'],
  ['architecture', 'depcruise', 'src', 'test', '--config', '.dependency-cruiser.mjs'],
  ['unused', 'knip', '--no-progress'],
  ['schema', process.execPath, 'src/dev/dump-schema.ts', '--check'],
];
const TESTS: Step = ['tests', process.execPath, 'src/dev/test.ts'];

const startedAtMs = performance.now();
const reports: string[] = [];
const failed: string[] = [];

/** What a change must pass; `npm run check` here and in continuous integration. */
await Promise.all(STATIC_CHECKS.map(runQuietly));
await runLoudly(TESTS);

printSummary();

if (failed.length > 0) {
  console.error(styleText('red', `\nFailed: ${failed.join(', ')}`));
  process.exitCode = 1;
}

/** Prints the output of a program after it has ended. */
async function runQuietly([name, program, ...args]: Step): Promise<void> {
  const startedAtMs = performance.now();
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
  report(name, code, startedAtMs);
}

/** Passes the output of a program on as it comes. */
async function runLoudly([name, program, ...args]: Step): Promise<void> {
  const startedAtMs = performance.now();
  head(name);
  const code = await runProgram(program, args);
  // 128 and more: ended by a signal, as is the whole check.
  if (code > 128) process.exit(code);
  report(name, code, startedAtMs);
}

function head(name: string): void {
  console.log(styleText('bold', `\n== ${name}`));
}

function report(name: string, code: number, startedAtMs: number): void {
  if (code !== 0) failed.push(name);
  const text = `${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${secondsSince(startedAtMs)} s`;
  reports.push(text);
  console.log(`== ${text}`);
}

/** The steps in the order in which they ended. */
function printSummary(): void {
  head(`check: ${secondsSince(startedAtMs)} s in all`);
  for (const text of reports) console.log(`   ${text}`);
}

function secondsSince(startMs: number): string {
  return ((performance.now() - startMs) / 1000).toFixed(1);
}
