import { Ajv, type Options, str, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { isDecimalMultiple } from './decimal-multiple.ts';
import { linearPattern } from './linear-pattern.ts';
import { problemsOf } from './read-errors.ts';
import { refusedParts } from './refused-parts.ts';
import type { SchemaProblem } from './schema-problem.ts';

/** Thrown for a schema that cannot be used; `problems` name the places and the reasons. */
export class UnusableSchema extends Error {
  readonly problems: SchemaProblem[];

  constructor(problems: SchemaProblem[]) {
    super('The schema cannot be used');
    this.problems = problems;
  }
}

/** By `$schema`; 2020-12 for a schema without one. */
const DIALECTS = new Map<unknown, new (options: Options) => Ajv>([
  [undefined, Ajv2020],
  ['https://json-schema.org/draft/2020-12/schema', Ajv2020],
  ['https://json-schema.org/draft/2019-09/schema', Ajv2019],
  ['http://json-schema.org/draft-07/schema', Ajv],
]);

const OPTIONS: Options = {
  // Unknown keywords are allowed, because schemas carry annotations for other tools.
  strict: false,
  logger: false,
  // Only the first error is reported, because there may be a million.
  allErrors: false,
  // Inlining would expand nested references to exponential size.
  inlineRefs: false,
  // A property that the schema names `constructor` must not be found in the prototype of the data.
  ownProperties: true,
  code: { regExp: linearPattern },
};

/** Compiles `schema` to a validator. Throws {@link UnusableSchema}. References are local, so nothing is fetched. */
export function compileSchema(schema: unknown): ValidateFunction {
  const refused = refusedParts(schema);
  if (refused.length > 0) throw new UnusableSchema(refused);
  const dialect = (schema as { $schema?: unknown }).$schema;
  const Dialect = DIALECTS.get(typeof dialect === 'string' ? dialect.replace(/#$/, '') : dialect);
  if (Dialect === undefined) {
    throw unusable('$schema', 'must be JSON Schema 2020-12, 2019-09 or draft-07');
  }
  const ajv = new Dialect(OPTIONS);
  formats.default(ajv);
  useDecimals(ajv);
  if (ajv.validateSchema(schema as object) !== true) {
    throw new UnusableSchema(problemsOf('schema', ajv.errors ?? []));
  }
  try {
    return ajv.compile(schema as object);
  } catch (error) {
    throw unusable('', `cannot be used: ${(error as Error).message}`);
  }
}

/** Replaces Ajv's `multipleOf`, which divides binary fractions. */
function useDecimals(ajv: Ajv): void {
  ajv.removeKeyword('multipleOf').addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    compile: (divisor: number) => (value: number) => isDecimalMultiple(value, divisor),
    error: { message: ({ schemaCode }) => str`must be multiple of ${schemaCode}` },
  });
}

const unusable = (path: string, message: string) => new UnusableSchema([{ of: 'schema', path, message }]);
