/**
 * Whether PostgreSQL refused a value (SQLSTATE class 22, data exception): the same statement would fail again. Everything
 * else, such as a connection that was lost or a constraint that a repetition runs into, may pass on a second try.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('22');
}
