import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

interface LongRun {
  /** The variable that chooses the long form of the tests, `CHAOS`; `CHAOS_REPORT` names the file for their results. */
  variable: string;
  files: string[];
  /** Of the test runner. */
  options?: string[];
}

/**
 * Runs the long form of tests with the words of the command line, and answers the result that each run reported, one
 * line of JSON each. Sets the exit code to that of the test runner.
 */
export async function runLongForm<Result>({ variable, files, options = [] }: LongRun): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hostedhooks-long-run-'));
  const report = join(folder, 'report.jsonl');
  process.env[variable] = 'long';
  process.env[`${variable}_REPORT`] = report;
  try {
    process.exitCode = await runProgram(process.execPath, [
      '--test',
      '--test-reporter=spec',
      '--test-global-setup=test/support/global-setup.ts',
      ...options,
      ...process.argv.slice(2),
      ...files,
    ]);
    const text = await readFile(report, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Result);
  } finally {
    await rm(folder, { recursive: true });
  }
}
