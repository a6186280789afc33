/** Headers as an object; a repeated name has a list of values. */
export function presentHeaders(headers: [string, string][] | null): Record<string, string | string[]> | null {
  if (headers === null) return null;
  const presented = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const known = presented.get(name);
    presented.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(presented);
}
