import type { JsonSchema } from '#src/infra/lib/openapi.ts';

interface Surroundings {
  named: Record<string, JsonSchema>;
  /** Examples of requests hold the required members, and the optional members that have an example. */
  isRequest: boolean;
}

/** An example value of `schema`; undefined when the schema says too little for one. */
export function exampleOf(schema: JsonSchema, around: Surroundings): unknown {
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.$ref !== undefined) {
    const target = around.named[schema.$ref.slice('#/components/schemas/'.length)];
    return target === undefined ? undefined : exampleOf(target, around);
  }
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.anyOf !== undefined) return exampleOfOne(schema.anyOf, around);
  const types = [schema.type ?? []].flat();
  if (types.includes('null')) return null;
  if (types.includes('object')) return exampleOfObject(schema, around);
  if (types.includes('array')) {
    return schema.items === undefined ? [] : [exampleOf(schema.items, around)];
  }
  return EXAMPLES[schema.format ?? types[0] ?? ''];
}

const EXAMPLES: Record<string, unknown> = {
  uuid: '0197a3c2-5b1e-7c6a-9f43-2d1a8b7c6e5f',
  'date-time': '2026-01-31T12:00:00.000Z',
  date: '2026-01-31',
  string: '',
  integer: 1,
  number: 1,
  boolean: true,
};

function exampleOfOne(choices: JsonSchema[], around: Surroundings): unknown {
  const hasNull = choices.some(({ type }) => type === 'null');
  const [first] = choices;
  return hasNull || first === undefined ? null : exampleOf(first, around);
}

function exampleOfObject({ properties = {}, required = [] }: JsonSchema, around: Surroundings): unknown {
  const shown = Object.entries(properties).filter(
    ([name, property]) => !around.isRequest || required.includes(name) || property.examples !== undefined,
  );
  return Object.fromEntries(shown.map(([name, property]) => [name, exampleOf(property, around) ?? null]));
}
