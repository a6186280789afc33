import type { AttackResult } from '#src/dev/attack/result.ts';
import { runLongForm } from './long-run.ts';

// The long form of test/attack: one account against all others. Ends non-zero when a test fails, or when `/healthz` or
// another account's post was answered more than MAX_LATER_MS later than alone.

const MAX_LATER_MS = 250;

const results = await runLongForm<AttackResult>({
  variable: 'ATTACK',
  files: ['test/attack/attacks.test.ts'],
});
console.log('\n         healthz ms              post ms');
console.log('  alone   meanwhile    alone   meanwhile   memory MB  attack');
for (const { attack, alone, meanwhile, rssMb } of results) {
  const late = (['healthz', 'post'] as const).filter(
    (asked) => meanwhile[asked] > alone[asked] + MAX_LATER_MS,
  );
  if (late.length > 0) process.exitCode = 1;
  const cells = [alone.healthz, meanwhile.healthz, alone.post, meanwhile.post, rssMb].map((cell, column) =>
    String(cell).padStart([7, 12, 9, 12, 12][column] ?? 0),
  );
  console.log(`${cells.join('')}  ${attack}${late.length > 0 ? ` (${late.join(' and ')} too late)` : ''}`);
}
