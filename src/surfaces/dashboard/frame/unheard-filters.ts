import type { Request } from 'express';
import { nearestName } from '#src/infra/lib/nearest-name.ts';

/** Of every page: the cursor of a list, and the add-on that is looked at. */
const EVERYWHERE = ['before', 'after', 'addon'];
const MAX_SHOWN = 40;

/**
 * What the query asks for and the page does not do, as a sentence: names that are no filter, and filters with values
 * that none can have, which are undefined in `filters`. Undefined when all is heard.
 */
export function unheardFilters(
  query: Request['query'],
  filters: Record<string, unknown>,
  others: string[] = [],
): string | undefined {
  const known = [...Object.keys(filters), ...others];
  const sentences = Object.entries(query).flatMap(([name, value]) => {
    if (value === '' || EVERYWHERE.includes(name) || others.includes(name)) return [];
    if (!Object.hasOwn(filters, name)) return [unknownName(name, known)];
    return filters[name] === undefined ? [`“${name}” has a value that nothing here has.`] : [];
  });
  return sentences.length === 0 ? undefined : `${sentences.join(' ')} Shown is what matches the rest.`;
}

function unknownName(name: string, known: string[]): string {
  const meant = nearestName(name, known);
  const hint = meant === undefined ? '' : ` Did you mean “${meant}”?`;
  return `“${name.slice(0, MAX_SHOWN)}” is no filter.${hint}`;
}
