import { z } from 'zod';

const strict = new WeakSet<z.ZodType>();

/** Throws for a schema in which an object takes members that it does not name: they would be ignored in silence. */
export function requireStrict(schema: z.ZodType): void {
  if (strict.has(schema)) return;
  if (schema instanceof z.ZodObject && !(schema.def.catchall instanceof z.ZodNever)) {
    throw new Error(`An object takes any member: make it a strictObject ({ ${namesOf(schema).join(', ')} })`);
  }
  strict.add(schema);
  for (const part of partsOf(schema)) requireStrict(part);
}

/** The names of the members of an object schema, also of one that is transformed afterwards. */
export function namesOf(schema: z.ZodType): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.def.shape);
  return schema instanceof z.ZodPipe ? namesOf(schema.def.in as z.ZodType) : [];
}

/** Whatever the kind of schema, those that it is made of are members of its definition. */
function partsOf({ def }: z.ZodType): z.ZodType[] {
  const members: unknown[] = Object.values(def);
  const shape: unknown[] = 'shape' in def ? Object.values(def.shape as object) : [];
  return [...members, ...shape].flat().filter((part) => part instanceof z.ZodType);
}
