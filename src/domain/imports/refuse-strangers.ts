import { z } from 'zod';
import type { ErrorDetail } from '#src/infra/lib/errors.ts';
import { detailsOfUnknown } from '#src/infra/lib/unknown-members.ts';
import { lineSchemas, type LineType } from './line-schemas.ts';

/** The shapes of exported lines, without `type`. An import derives some of their members anew. */
export type ExportedShapes = Record<LineType | 'account', z.ZodType>;
export type KnownLine = LineType | 'account' | 'header' | 'trailer';
/** For each type of line the shapes that together name its members, at every depth. */
export type LineShapes = Record<KnownLine, z.ZodType[]>;

const members = (...names: string[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.unknown()])));
const OUTER_SHAPES = {
  header: [
    members('format', 'version', 'account_id', 'created_at', 'include', 'since', 'until', 'with_secrets'),
  ],
  trailer: [
    members('completed_at').extend({ counts: members('account', ...Object.keys(lineSchemas)).optional() }),
  ],
};

export function shapesOfLines(exported: ExportedShapes): LineShapes {
  const both = Object.entries(exported).map(([type, shape]) => [
    type,
    Object.hasOwn(lineSchemas, type) ? [shape, lineSchemas[type as LineType]] : [shape],
  ]);
  return { ...OUTER_SHAPES, ...(Object.fromEntries(both) as Omit<LineShapes, keyof typeof OUTER_SHAPES>) };
}

/** The first member, at any depth, that no export writes: it would be ignored. */
export function strangerIn(line: unknown, shapes: z.ZodType[]): ErrorDetail | undefined {
  return findStranger(line, [members('type'), ...shapes], []);
}

/** Objects without named members are free: payloads, headers, JSON schemas. */
function findStranger(value: unknown, shapes: z.ZodType[], place: PropertyKey[]): ErrorDetail | undefined {
  if (typeof value !== 'object' || value === null || shapes.length === 0) return undefined;
  const parts = shapes.flatMap(partsOf);
  if (Array.isArray(value)) {
    const elements = parts.flatMap((part) => (part instanceof z.ZodArray ? [part.element as z.ZodType] : []));
    return firstOf(value.entries(), ([index, element]) => findStranger(element, elements, [...place, index]));
  }
  const objects = parts.filter((part) => part instanceof z.ZodObject);
  if (objects.length === 0 || objects.some(isFree)) return undefined;
  const known = [...new Set(objects.flatMap(({ shape }) => Object.keys(shape)))];
  return firstOf(Object.entries(value), ([name, member]) => {
    if (!known.includes(name)) return detailsOfUnknown([name], { known, place })[0];
    const inner = objects.flatMap(({ shape }) =>
      Object.hasOwn(shape, name) ? [shape[name] as z.ZodType] : [],
    );
    return findStranger(member, inner, [...place, name]);
  });
}

/** Of a strict object `never` catches all. */
const isFree = ({ def: { catchall } }: z.ZodObject) =>
  catchall !== undefined && !(catchall instanceof z.ZodNever);

/** The schemas that a value is held against, without what is wrapped around them. */
function partsOf(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodPipe)
    return [schema.in, schema.out].flatMap((part) => partsOf(part as z.ZodType));
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((part) => partsOf(part as z.ZodType));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return partsOf(schema.unwrap() as z.ZodType);
  }
  return [schema];
}

function firstOf<T>(items: Iterable<T>, find: (item: T) => ErrorDetail | undefined): ErrorDetail | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
