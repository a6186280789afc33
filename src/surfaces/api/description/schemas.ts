import { z } from 'zod';
import type { JsonSchema } from '#src/infra/lib/openapi.ts';
import { plain } from './plain-schema.ts';

/** Zod schemas as JSON Schema. Named schemas become components and are referenced by `$ref`. */
export interface Schemas {
  of: (schema: z.ZodType) => JsonSchema;
  named: () => Record<string, JsonSchema>;
}

export function createSchemas(): Schemas {
  const components: Record<string, JsonSchema> = {};
  // Operations share shapes: that of errors stands in each.
  const converted = new Map<z.ZodType, JsonSchema>();
  const convert = (schema: z.ZodType): JsonSchema => {
    const { $schema: _dialect, $defs, ...rest } = z.toJSONSchema(schema, OPTIONS);
    for (const [name, definition] of Object.entries($defs ?? {})) {
      components[name] ??= plain(pointedAtComponents(definition as JsonSchema));
    }
    return plain(pointedAtComponents(rest as JsonSchema));
  };
  return {
    of(schema) {
      const known = converted.get(schema) ?? convert(schema);
      converted.set(schema, known);
      return known;
    },
    named: () => components,
  };
}

/**
 * Requests and answers are both converted as Zod input. Requests are described as they are sent, and answers have no
 * transformations. Input also leaves objects open, because members may be added to answers later.
 */
const OPTIONS: z.core.ToJSONSchemaParams = {
  io: 'input',
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }) => {
    if (zodSchema._zod.def.type === 'date')
      Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    // Zod leaves out the default of what it transforms, unless it is given once more.
    const preset = z.globalRegistry.get(zodSchema)?.['default'];
    if (preset !== undefined) jsonSchema.default = preset;
    // The pattern repeats the format in hundreds of characters.
    if (FORMATS.has(jsonSchema.format ?? '')) delete jsonSchema.pattern;
    // A number or a boolean in a query, which is parsed out of text.
    if (jsonSchema.type === 'integer' || jsonSchema.type === 'boolean') {
      delete jsonSchema.pattern;
      delete jsonSchema.enum;
      delete jsonSchema.maxLength;
    }
  },
};

const FORMATS = new Set(['uuid', 'date', 'date-time']);

function pointedAtComponents<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as T;
}
