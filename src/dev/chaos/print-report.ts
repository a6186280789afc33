import type { ChaosResult } from './result.ts';

const COLUMNS = ['accepted', 'delivered', 'repeated', 'lost'] as const;
const WIDTH = 11;

/** Prints what was accepted, delivered, repeated and lost, run by run and in all. */
export function printReport(results: ChaosResult[]): void {
  const line = (cells: string[], run: string) =>
    console.log(cells.map((cell) => cell.padStart(WIDTH)).join('') + `  ${run}`);
  const cellsOf = (result: Omit<ChaosResult, 'run'>) => COLUMNS.map((column) => String(result[column]));
  console.log('');
  line([...COLUMNS], 'run');
  for (const result of results) line(cellsOf(result), result.run);
  line(cellsOf(totalOf(results)), 'all runs');
}

export function totalOf(results: ChaosResult[]): Omit<ChaosResult, 'run'> {
  const total = { accepted: 0, delivered: 0, repeated: 0, lost: 0 };
  for (const result of results) for (const column of COLUMNS) total[column] += result[column];
  return total;
}
