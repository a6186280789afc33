import type { AttackResult } from '#src/dev/attack/result.ts';
import { runLongForm } from './long-run.ts';

// The long form of test/attack: one account against all others. Ends non-zero when a test fails, or when others were
// answered more than MAX_LATER_MS later than alone.

const MAX_LATER_MS = 250;

const results = await runLongForm<AttackResult>({
  variable: 'ATTACK',
  files: ['test/attack/attacks.test.ts'],
});
console.log('\n  alone ms  meanwhile ms  memory MB  attack');
for (const { attack, aloneMs, slowestMs, rssMb } of results) {
  const isLate = slowestMs > aloneMs + MAX_LATER_MS;
  if (isLate) process.exitCode = 1;
  const cells = [String(aloneMs).padStart(10), String(slowestMs).padStart(14), String(rssMb).padStart(11)];
  console.log(`${cells.join('')}  ${attack}${isLate ? ' (too late)' : ''}`);
}
