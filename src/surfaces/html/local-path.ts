/** Only a path of ours, in printable ASCII: anything else could lead to another site. */
export function localPath(value: unknown, otherwise: string): string {
  return typeof value === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(value) ? value : otherwise;
}
