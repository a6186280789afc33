import type { ErrorObject } from 'ajv';
import type { SchemaProblem } from './schema-problem.ts';

const MAX_PROBLEMS = 10;
const MAX_CHARACTERS = 200;

/** Ajv's errors as problems without duplicates, at most {@link MAX_PROBLEMS}. */
export function problemsOf(of: SchemaProblem['of'], errors: ErrorObject[]): SchemaProblem[] {
  const problems = errors.slice(0, MAX_PROBLEMS).map((error) => ({ of, ...problemOf(error) }));
  const seen = new Set<string>();
  return problems.filter(({ path, message }) => {
    const key = `${path} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}

function problemOf({ instancePath, keyword, params, message }: ErrorObject) {
  const place = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const at = (name: unknown) => shortened([...place, String(name)].join('.'));
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return { path: at(params['missingProperty']), message: 'is required' };
    case 'additionalProperties':
      return { path: at(params['additionalProperty']), message: 'is not in the schema' };
    case 'unevaluatedProperties':
      return { path: at(params['unevaluatedProperty']), message: 'is not in the schema' };
    case 'enum':
      return { path: shortened(place.join('.')), message: `must be ${listed(params['allowedValues'])}` };
    case 'const':
      return { path: shortened(place.join('.')), message: `must be ${listed([params['allowedValue']])}` };
    default:
      return { path: shortened(place.join('.')), message: shortened(message ?? 'is not as the schema says') };
  }
}

const listed = (values: unknown) =>
  shortened((values as unknown[]).map((value) => JSON.stringify(value)).join(' or '));

const shortened = (text: string) =>
  text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS)}…`;
