import type { JsonSchema } from '#src/infra/lib/openapi.ts';

/**
 * The same schema as generators of clients read it best: no choice inside a choice, `null` among the types of a plain
 * value, one format for a time (a date alone is also taken), and no bounds that every number has.
 */
export function plain(schema: JsonSchema): JsonSchema {
  const parts = Object.entries(schema).filter(([keyword, value]) => !says(keyword, value));
  return withPlainChoice(
    Object.fromEntries(parts.map(([keyword, value]) => [keyword, plainPart(keyword, value)])),
  );
}

/** Keywords whose value is a schema, a list of schemas, or schemas by name. */
function plainPart(keyword: string, value: unknown): unknown {
  if (keyword === 'anyOf') return (value as JsonSchema[]).map(plain);
  if (keyword === 'items') return plain(value as JsonSchema);
  if (keyword === 'additionalProperties')
    return typeof value === 'object' ? plain(value as JsonSchema) : value;
  if (keyword !== 'properties') return value;
  const properties = Object.entries(value as Record<string, JsonSchema>);
  return Object.fromEntries(properties.map(([name, property]) => [name, plain(property)]));
}

/** Whether the keyword says what holds anyway. */
const says = (keyword: string, value: unknown) =>
  keyword === 'propertyNames' ||
  (keyword === 'minimum' && value === Number.MIN_SAFE_INTEGER) ||
  (keyword === 'maximum' && value === Number.MAX_SAFE_INTEGER);

/** A generator forgets `null` among the types of an object, and reads it as a choice. */
const isPlain = ({ type, enum: values, const: only }: JsonSchema) =>
  typeof type === 'string' && type !== 'object' && values === undefined && only === undefined;

function withPlainChoice({ anyOf, ...rest }: JsonSchema): JsonSchema {
  if (anyOf === undefined) return rest;
  const flat = anyOf.flatMap((choice) => choice.anyOf ?? [choice]);
  const hasTime = flat.some(({ format }) => format === 'date-time');
  const choices = flat.filter(({ format }) => !(hasTime && format === 'date'));
  const values = choices.filter(({ type }) => type !== 'null');
  const [value] = values;
  if (value === undefined || values.length > 1) return { ...rest, anyOf: choices };
  const isNullable = values.length < choices.length;
  if (!isNullable) return { ...value, ...rest };
  return isPlain(value)
    ? { ...value, ...rest, type: [value.type as string, 'null'] }
    : { ...rest, anyOf: choices };
}
