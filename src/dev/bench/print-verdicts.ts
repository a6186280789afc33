import { styleText } from 'node:util';
import { printTable, readable } from './table.ts';
import type { Verdict } from './targets.ts';

export function printVerdicts(verdicts: Verdict[]): void {
  if (verdicts.length === 0) return;
  const rows = verdicts.map(({ what, figure, bound, limit, isMet }) => ({
    target: what,
    figure: readable(figure),
    wanted: `${bound} ${readable(limit)}`,
    '': isMet ? 'met' : 'NOT MET',
  }));
  console.log(`\n${styleText('bold', 'Targets')}`);
  printTable(rows);
}
