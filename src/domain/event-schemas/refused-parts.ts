import { linearPattern } from './linear-pattern.ts';
import type { SchemaProblem } from './schema-problem.ts';

/** Members whose values are data and no schemas: what looks like a keyword in them is none. */
const DATA = new Set(['const', 'enum', 'default', 'examples', 'example']);
/** Members whose own members have names of the provider's. */
const NAMED = new Set(['properties', '$defs', 'definitions', 'dependentSchemas', 'patternProperties']);
const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef']);
const MAX_PROBLEMS = 10;

/** What we do not let a schema do, by its place: refer to other documents, and match by what is not linear. */
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
