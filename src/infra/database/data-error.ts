/**
 * Whether PostgreSQL refused a value (SQLSTATE class 22, data exception), so that the same statement would fail again.
 * Other errors, such as a lost connection, may not occur on a second try.
 */
export function isDataError(error: unknown): boolean {
  return sqlStateOf(error).startsWith('22');
}

/** Whether the partition of a row does not exist (SQLSTATE 23514; the partitioned tables have no check constraints). */
export function isWithoutPartition(error: unknown): boolean {
  return sqlStateOf(error) === '23514';
}

/** Whether the parent of a row does not exist (foreign key violation, SQLSTATE 23503). */
export function isWithoutParent(error: unknown): boolean {
  return sqlStateOf(error) === '23503';
}

/** Whether a lock was waited for as long as `lock_timeout` allows (SQLSTATE 55P03). */
export function isLockTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '55P03';
}

function sqlStateOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
