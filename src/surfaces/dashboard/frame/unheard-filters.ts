import type { Request } from 'express';
import { nearestName } from '#src/infra/lib/nearest-name.ts';

/** Of every page: the cursor of a list, and the add-on that is looked at. */
const EVERYWHERE = ['before', 'after', 'addon'];
const MAX_SHOWN = 40;

/**
 * What the query asks for and the page does not do, and what it shows instead, as sentences: names that are no filter,
 * and filters with values that none can have, which are undefined in `filters`. Undefined when all is heard.
 */
export function unheardFilters(
  query: Request['query'],
  filters: Record<string, unknown>,
  others: string[] = [],
): string | undefined {
  const known = [...Object.keys(filters), ...others];
  const asked = Object.entries(query).filter(([name, value]) => value !== '' && !EVERYWHERE.includes(name));
  const isHeard = (name: string) =>
    others.includes(name) || (Object.hasOwn(filters, name) && filters[name] !== undefined);
  const sentences = asked.flatMap(([name]) => {
    if (isHeard(name)) return [];
    return Object.hasOwn(filters, name)
      ? [`“${name}” has a value that nothing here has.`]
      : [unknownName(name, known)];
  });
  if (sentences.length === 0) return undefined;
  const shown = asked.some(([name]) => isHeard(name)) ? SHOWN_REST : SHOWN_WHOLE;
  return `${sentences.join(' ')} ${shown}`;
}

const SHOWN_REST = 'Shown is what matches the rest.';
const SHOWN_WHOLE = 'Nothing is left out: shown is the whole list.';

function unknownName(name: string, known: string[]): string {
  const meant = nearestName(name, known);
  const hint = meant === undefined ? '' : ` Did you mean “${meant}”?`;
  return `“${name.slice(0, MAX_SHOWN)}” is no filter.${hint}`;
}
