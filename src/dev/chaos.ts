import { globSync } from 'node:fs';
import { printReport, totalOf } from '#src/dev/chaos/print-report.ts';
import type { ChaosResult } from '#src/dev/chaos/result.ts';
import { runLongForm } from './long-run.ts';

// The long crash, failover and soak runs: the tests of test/chaos with more kills, restarts and messages than in
// `npm test`. Ends non-zero when a test fails or a message that was accepted was lost.

/** Side by side, because each run waits half of its time for processes to start. */
const CONCURRENCY = 2;
const TIMEOUT_MS = 1_800_000;

const results = await runLongForm<ChaosResult>({
  variable: 'CHAOS',
  files: globSync('test/chaos/*.test.ts'),
  options: [`--test-concurrency=${String(CONCURRENCY)}`, `--test-timeout=${String(TIMEOUT_MS)}`],
});
printReport(results);
if (totalOf(results).lost > 0) process.exitCode = 1;
