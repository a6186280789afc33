/**
 * Whether PostgreSQL refused a value (SQLSTATE class 22, data exception): the same statement would fail again. Everything
 * else, such as a connection that was lost or a constraint that a repetition runs into, may pass on a second try.
 */
export function isDataError(error: unknown): boolean {
  return sqlStateOf(error).startsWith('22');
}

/** Whether a row belongs into a partition that is not made (SQLSTATE 23514, of a table without check constraints). */
export function isWithoutPartition(error: unknown): boolean {
  return sqlStateOf(error) === '23514';
}

/** Whether what a row belongs to is not there, or no more (SQLSTATE 23503). */
export function isWithoutParent(error: unknown): boolean {
  return sqlStateOf(error) === '23503';
}

function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
