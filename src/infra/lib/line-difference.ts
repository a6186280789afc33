/** Pairs of lines that are compared; of texts with more, all lines between the equal ends are shown as changed. */
const MAX_PAIRS = 200_000;
/** Equal lines that are shown beside a change. */
const CONTEXT = 3;

/**
 * What changes from one text to another, by lines: `- ` before what goes, `+ ` before what comes, equal lines around
 * these, and `…` for others. Empty when the texts are the same. `util.diff` of Node is not used, because it is
 * experimental, and takes a second for a few thousand lines that differ.
 */
export function lineDifference(before: string, after: string): string[] {
  const [from, to] = [before.split('\n'), after.split('\n')];
  const start = equalAtStart(from, to);
  const end = equalAtStart(from.slice(start).reverse(), to.slice(start).reverse());
  const changed = changesOf(from.slice(start, from.length - end), to.slice(start, to.length - end));
  const equal = (lines: string[]) => lines.map((line) => `  ${line}`);
  const all = [...equal(from.slice(0, start)), ...changed, ...equal(from.slice(from.length - end))];
  return withoutDistant(all);
}

function equalAtStart(some: string[], others: string[]): number {
  const first = some.findIndex((line, index) => line !== others[index]);
  return first === -1 ? some.length : first;
}

/** By the longest common subsequence. */
function changesOf(from: string[], to: string[]): string[] {
  const width = to.length + 1;
  const lengths = new Uint16Array(from.length * to.length > MAX_PAIRS ? 0 : (from.length + 1) * width);
  const lengthAt = (row: number, column: number) => lengths[row * width + column] ?? 0;
  if (lengths.length > 0) {
    for (let row = from.length - 1; row >= 0; row -= 1) {
      for (let column = to.length - 1; column >= 0; column -= 1) {
        lengths[row * width + column] =
          from[row] === to[column]
            ? lengthAt(row + 1, column + 1) + 1
            : Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1));
      }
    }
  }
  const lines: string[] = [];
  let [row, column] = [0, 0];
  while (row < from.length || column < to.length) {
    const [gone, come] = [from[row], to[column]];
    if (gone !== undefined && gone === come && lengths.length > 0) {
      lines.push(`  ${gone}`);
      row += 1;
      column += 1;
    } else if (
      gone !== undefined &&
      (come === undefined || lengthAt(row + 1, column) >= lengthAt(row, column + 1))
    ) {
      lines.push(`- ${gone}`);
      row += 1;
    } else {
      lines.push(`+ ${come ?? ''}`);
      column += 1;
    }
  }
  return lines;
}

function withoutDistant(lines: string[]): string[] {
  const isNear = new Uint8Array(lines.length);
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('  ')) isNear.fill(1, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  }
  if (!isNear.includes(1)) return [];
  return lines.flatMap((line, index) => {
    if (isNear[index] === 1) return [line];
    return index === 0 || isNear[index - 1] === 1 ? ['…'] : [];
  });
}
