import { runProgram } from './run-program.ts';

const EVERYTHING = ['test/**/*.test.ts'];
/** Files at a time: most of a test's work is done by PostgreSQL, which needs the other cores. */
const CONCURRENCY = 2;

const given = process.argv.slice(2);

process.exitCode = await runProgram(process.execPath, [
  '--test',
  '--test-reporter=spec',
  '--test-global-setup=test/support/global-setup.ts',
  `--test-concurrency=${String(CONCURRENCY)}`,
  ...(given.some((word) => !word.startsWith('-')) ? given : [...given, ...EVERYTHING]),
]);
