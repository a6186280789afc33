/**
 * Whether PostgreSQL refused the data itself (SQLSTATE classes 22 and 23, and what JSON cannot carry into text), so that
 * the same statement would fail again; everything else may pass on a second try.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^2[23]/.test(error.code);
}
