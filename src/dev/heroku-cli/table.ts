import { say } from './output.ts';

/** Prints rows with the same columns on stdout. */
export function showTable(rows: Record<string, string>[]): void {
  const titles = Object.keys(rows[0] ?? {});
  const widths = titles.map((title) => Math.max(title.length, ...rows.map((row) => row[title]?.length ?? 0)));
  const line = (cells: string[]) =>
    ` ${cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()}`;
  say(line(titles));
  say(line(widths.map((width) => '─'.repeat(width))));
  for (const row of rows) say(line(titles.map((title) => row[title] ?? '')));
}
