/** `value` if it is a path of ours in printable ASCII, else `fallback`, because others could lead to another site. */
export function localPath(value: unknown, fallback: string): string {
  return typeof value === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(value) ? value : fallback;
}
