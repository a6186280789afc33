import { readFile } from 'node:fs/promises';
import type { TestRun } from './timings-reporter.ts';

const SLOWEST = 20;

/** Prints how long the slowest test files took, from what the reporter wrote, and answers it, if it wrote. */
export async function printTimings(reportFile: string, tookMs: number): Promise<TestRun | undefined> {
  const report = await readFile(reportFile, 'utf8').catch(() => '');
  if (report === '') return undefined;
  const run = JSON.parse(report) as TestRun;
  const { files, passed, failed, skipped } = run;
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  console.log(`\nThe slowest of ${String(files.length)} test files, in seconds:`);
  for (const { file, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)}  ${file}`);
  const outcome = `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
  console.log(`\nTests: ${outcome}, in ${(tookMs / 1000).toFixed(0)} s.`);
  return run;
}
