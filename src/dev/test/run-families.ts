import { runProgram } from '#src/dev/run-program.ts';

/** Each file has processes of its own. */
const CONCURRENCY = 2;
const TIMEOUT_MS = 600_000;

/** Runs the test files that the command line names, or else `families`, a process each. Answers the exit code. */
export function runFamilies(families: string[]): Promise<number> {
  const given = process.argv.slice(2);
  const areFilesGiven = given.some((word) => !word.startsWith('-'));
  return runProgram(process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${String(CONCURRENCY)}`,
    `--test-timeout=${String(TIMEOUT_MS)}`,
    ...given,
    ...(areFilesGiven ? [] : families),
  ]);
}
