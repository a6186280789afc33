/** `T` without members that may be undefined: for calls where "absent" and "undefined" differ. */
export type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members of `object` that are not undefined. */
export function omitUndefined<T extends object>(object: T): Defined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Defined<T>;
}
