import { styleText } from 'node:util';

type Cell = string | number;

/** Prints rows with the same columns as a table. Numbers are aligned to the right. */
export function printTable(rows: Record<string, Cell>[]): void {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => {
    const cells = rows.map((row) => row[name] ?? '');
    const isNumeric = cells.every((cell) => typeof cell === 'number');
    const texts = cells.map((cell) => (typeof cell === 'number' ? readable(cell) : cell));
    const width = Math.max(name.length, ...texts.map((text) => text.length));
    const fit = (text: string) => (isNumeric ? text.padStart(width) : text.padEnd(width));
    return { head: fit(name), texts: texts.map(fit) };
  });
  console.log(columns.map(({ head }) => styleText('dim', head)).join('  '));
  for (const index of rows.keys()) {
    console.log(
      columns
        .map(({ texts }) => texts[index] ?? '')
        .join('  ')
        .trimEnd(),
    );
  }
}

/** The number with three significant digits and grouped thousands. */
export function readable(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = value === 0 || Number.isInteger(value) ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(3, Math.max(0, digits)) });
}
