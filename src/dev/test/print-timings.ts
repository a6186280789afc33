import { readFile } from 'node:fs/promises';
import type { TestRun } from './timings-reporter.ts';

const SLOWEST = 20;

/** Prints how long the slowest test files took, from what the reporter wrote. Nothing when the run was broken off. */
export async function printTimings(reportFile: string, tookMs: number): Promise<void> {
  const report = await readFile(reportFile, 'utf8').catch(() => '');
  if (report === '') return;
  const { files, passed, failed, skipped } = JSON.parse(report) as TestRun;
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  console.log(`\nThe slowest of ${String(files.length)} test files, in seconds:`);
  for (const { file, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(7)}  ${file}`);
  const outcome = `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
  console.log(`\nTests: ${outcome}, in ${(tookMs / 1000).toFixed(0)} s.`);
}
