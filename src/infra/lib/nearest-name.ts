/** Longer names are compared with none, because the work grows with the product of the lengths. */
const MAX_LENGTH = 64;

/**
 * The one of `names` that `given` was probably meant to be; undefined when none is near. Near is another spelling
 * (`eventId` for `event_id`), up to a quarter of the letters typed wrongly (`stauts`), or the last or first words alone
 * (`type` for `event_type`).
 */
export function nearestName(given: string, names: Iterable<string>): string | undefined {
  if (given.length > MAX_LENGTH) return undefined;
  const wanted = bare(given);
  const near = [...names]
    .map((name) => ({ name, distance: distanceBetween(wanted, bare(name)) }))
    .filter(({ name, distance }) => distance <= Math.floor(Math.max(wanted.length, bare(name).length) / 4))
    .sort((a, b) => a.distance - b.distance);
  return (near[0] ?? shortened(given, names))?.name;
}

const bare = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

function shortened(given: string, names: Iterable<string>): { name: string } | undefined {
  const name = [...names].find((one) => one.endsWith(`_${given}`) || one.startsWith(`${given}_`));
  return name === undefined ? undefined : { name };
}

/**
 * Optimal string alignment: letters added, left out, changed, and neighbours swapped. The small libraries compute
 * Levenshtein's distance, which counts a swap, the commonest slip in typing, as two.
 */
function distanceBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const changed = cell(last, column - 1) + (isSame ? 0 : 1);
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped && row > 1 ? cell(beforeLast, column - 2) + 1 : Infinity;
      current.push(Math.min(changed, swapped, cell(last, column) + 1, cell(current, column - 1) + 1));
    }
    [beforeLast, last] = [last, current];
  }
  return cell(last, b.length);
}

const cell = (row: number[], column: number) => row[column] ?? Infinity;
