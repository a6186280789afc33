import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttackResult } from '#src/dev/attack/result.ts';
import { runProgram } from './run-program.ts';

// The long form of test/attack: one account against all others. Ends non-zero when a test fails, or when others were
// answered more than MAX_LATER_MS later than alone.

const MAX_LATER_MS = 250;

const folder = await mkdtemp(join(tmpdir(), 'hostedhooks-attack-'));
const report = join(folder, 'report.jsonl');
process.env['ATTACK'] = 'long';
process.env['ATTACK_REPORT'] = report;

try {
  process.exitCode = await runProgram(process.execPath, [
    '--test',
    '--test-reporter=spec',
    '--test-global-setup=test/support/global-setup.ts',
    ...process.argv.slice(2),
    'test/attack/attacks.test.ts',
  ]);
  const lines = (await readFile(report, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const results = lines.map((line) => JSON.parse(line) as AttackResult);
  console.log('\n  alone ms  meanwhile ms  memory MB  attack');
  for (const { attack, aloneMs, slowestMs, rssMb } of results) {
    const isLate = slowestMs > aloneMs + MAX_LATER_MS;
    if (isLate) process.exitCode = 1;
    const cells = [String(aloneMs).padStart(10), String(slowestMs).padStart(14), String(rssMb).padStart(11)];
    console.log(`${cells.join('')}  ${attack}${isLate ? ' (too late)' : ''}`);
  }
} finally {
  await rm(folder, { recursive: true });
}
