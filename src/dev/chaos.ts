import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printReport, totalOf } from '#src/dev/chaos/print-report.ts';
import type { ChaosResult } from '#src/dev/chaos/result.ts';
import { runProgram } from './run-program.ts';

// The long crash, failover and soak runs: the tests of test/chaos with more kills, restarts and messages than in
// `npm test`. Ends non-zero when a test fails or a message that was accepted was lost.

/** Side by side, because each run waits half of its time for processes to start. */
const CONCURRENCY = 2;
const TIMEOUT_MS = 1_800_000;

const folder = await mkdtemp(join(tmpdir(), 'hostedhooks-chaos-'));
const report = join(folder, 'report.jsonl');
process.env['CHAOS'] = 'long';
process.env['CHAOS_REPORT'] = report;

try {
  process.exitCode = await runProgram(process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-global-setup=test/support/global-setup.ts',
    `--test-concurrency=${String(CONCURRENCY)}`,
    `--test-timeout=${String(TIMEOUT_MS)}`,
    ...process.argv.slice(2),
    ...globSync('test/chaos/*.test.ts'),
  ]);
  const results = await readReport();
  printReport(results);
  if (totalOf(results).lost > 0) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

async function readReport(): Promise<ChaosResult[]> {
  const text = await readFile(report, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as ChaosResult);
}
