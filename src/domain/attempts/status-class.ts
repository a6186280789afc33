/** Status codes that begin with the same digit, as the field writes them. */
export const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
export type StatusClass = (typeof STATUS_CLASSES)[number];

/** The first and the last code of a class. */
export function codesOf(statusClass: StatusClass): [number, number] {
  const first = Number(statusClass.slice(0, 1)) * 100;
  return [first, first + 99];
}

/** Whether a code is of the class; no answer is of none. */
export function isOfClass(code: number | null, statusClass: StatusClass): boolean {
  const [first, last] = codesOf(statusClass);
  return code !== null && code >= first && code <= last;
}
