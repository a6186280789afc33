import { linearPattern } from './linear-pattern.ts';
import type { SchemaProblem } from './schema-problem.ts';

/** Keywords whose values are data, in which no keywords are checked. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'example']);
/** Keywords whose values are objects with names that the provider chose. */
const NAMED = new Set(['properties', '$defs', 'definitions', 'dependentSchemas', 'patternProperties']);
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);
const MAX_PROBLEMS = 10;

/** The parts of a schema that we refuse: references to other documents, and patterns that RE2 cannot match. */
export function refusedParts(schema: unknown): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  walk(schema, [], false);
  return problems.slice(0, MAX_PROBLEMS);

  function walk(value: unknown, path: string[], isNamed: boolean): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      const place = [...path, name];
      if (path.at(-1) === 'patternProperties' && isNamed) checkPattern(name, place);
      if (!isNamed) {
        if (DATA.has(name)) continue;
        if (REFERENCES.has(name) && typeof member === 'string' && !member.startsWith('#')) {
          refuse(place, 'must be a reference into the schema itself, like "#/$defs/address"');
        }
        if (name === 'pattern' && typeof member === 'string') checkPattern(member, place);
      }
      walk(member, place, !isNamed && NAMED.has(name));
    }
  }

  function checkPattern(pattern: string, path: string[]): void {
    try {
      linearPattern(pattern);
    } catch (error) {
      refuse(path, `must be a pattern without lookaround and backreferences: ${(error as Error).message}`);
    }
  }

  function refuse(path: string[], message: string): void {
    problems.push({ of: 'schema', path: path.join('.'), message });
  }
}
