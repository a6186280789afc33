import type { JsonSchema } from '#src/infra/lib/openapi.ts';

/** A property of a JSON object, as the reference shows it. */
export interface Field {
  name: string;
  type: FieldType;
  isRequired: boolean;
  description: string | undefined;
}

/** A type in words. A named shape links to its description. */
export interface FieldType {
  words: string;
  /** The name of a component schema, shown after the words. */
  shape?: string;
}

export function fieldsOf({ properties = {}, required = [] }: JsonSchema): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    isRequired: required.includes(name),
    description: schema.description,
  }));
}

export function typeOf(schema: JsonSchema): FieldType {
  if (schema.$ref !== undefined) return { words: '', shape: schema.$ref.split('/').at(-1) ?? '' };
  if (schema.anyOf !== undefined) return either(schema.anyOf);
  if (schema.enum !== undefined)
    return { words: schema.enum.map((value) => JSON.stringify(value)).join(' or ') };
  if (schema.const !== undefined) return { words: JSON.stringify(schema.const) };
  const types = [schema.type ?? []].flat();
  if (types.includes('array') && schema.items !== undefined) {
    const { words, ...items } = typeOf(schema.items);
    return { words: `list of ${words}`, ...items };
  }
  if (types.length === 0) return { words: 'any JSON' };
  return { words: types.map((type) => WORDS[schema.format ?? ''] ?? WORDS[type] ?? type).join(' or ') };
}

const WORDS: Record<string, string> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
  uuid: 'id',
  'date-time': 'time',
  date: 'date',
};

function either(choices: JsonSchema[]): FieldType {
  const types = choices.map(typeOf);
  const shape = types.find((type) => type.shape !== undefined)?.shape;
  const words = [...new Set(types.map((type) => type.words).filter((text) => text !== ''))].join(' or ');
  if (shape === undefined) return { words };
  return { words: words === '' ? '' : `${words} or `, shape };
}
