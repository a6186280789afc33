import { styleText } from 'node:util';
import { runProgram } from './run-program.ts';

/** What a change must pass, cheap ones first; `npm run check` here and in continuous integration. */
const STEPS: [name: string, program: string, ...args: string[]][] = [
  ['types', 'tsc', '--noEmit'],
  ['lint', 'eslint', '.', '--max-warnings=0'],
  ['format', 'prettier', '--check', '--log-level=warn', '.'],
  ['architecture', 'depcruise', 'src', 'test', '--config', '.dependency-cruiser.mjs'],
  ['unused', 'knip', '--no-progress'],
  ['schema', process.execPath, 'src/commands/dump-schema.ts', '--check'],
  ['tests', process.execPath, 'src/commands/test.ts'],
];

const failed: string[] = [];
for (const [name, program, ...args] of STEPS) {
  console.log(styleText('bold', `\n== ${name}`));
  const startedAt = performance.now();
  const code = await runProgram(program, args);
  // 128 and more: ended by a signal, as is the whole check.
  if (code > 128) process.exit(code);
  if (code !== 0) failed.push(name);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
}

if (failed.length > 0) {
  console.error(styleText('red', `\nFailed: ${failed.join(', ')}`));
  process.exitCode = 1;
}
