import type { JsonSchema, OpenApi } from '#src/infra/lib/openapi.ts';

/** A name that nothing has, and that is near to none. */
export const STRANGER = 'zzqqxx';

export interface Stranger {
  /** A body, or what stands in one, with a member that the description does not list. */
  value: unknown;
  /** Where the member is, as an error names it. */
  path: string;
}

/** For every object that `schema` describes, at any depth: what it describes, with one member too many there. */
export function strangersIn(schema: JsonSchema, document: OpenApi): Stranger[] {
  const { $ref, anyOf = [], items, properties, additionalProperties } = schema;
  if ($ref !== undefined) return strangersIn(target($ref, document), document);
  const own = additionalProperties === false ? [{ value: { [STRANGER]: 1 }, path: STRANGER }] : [];
  return [
    ...own,
    ...anyOf.flatMap((choice) => strangersIn(choice, document)),
    ...(items === undefined ? [] : strangersIn(items, document)).map(({ value, path }) => ({
      value: [value],
      path: `0.${path}`,
    })),
    ...Object.entries(properties ?? {}).flatMap(([name, property]) =>
      strangersIn(property, document).map(({ value, path }) => ({
        value: { [name]: value },
        path: `${name}.${path}`,
      })),
    ),
  ];
}

/** The places, by path, where an object is described as taking any member. Maps with values of one kind are none. */
export function openObjectsIn(schema: JsonSchema, document: OpenApi, place = ''): string[] {
  const { $ref, anyOf = [], items, properties, additionalProperties } = schema;
  if ($ref !== undefined) return openObjectsIn(target($ref, document), document, place);
  return [
    ...(properties !== undefined && additionalProperties !== false ? [place] : []),
    ...anyOf.flatMap((choice) => openObjectsIn(choice, document, place)),
    ...(items === undefined ? [] : openObjectsIn(items, document, `${place}[]`)),
    ...Object.entries(properties ?? {}).flatMap(([name, property]) =>
      openObjectsIn(property, document, `${place}.${name}`),
    ),
  ];
}

const target = ($ref: string, document: OpenApi) =>
  document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {};
