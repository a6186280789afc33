/** SQLSTATEs and system errors of a database that is shutting down, starting, out of connections or unreachable. */
const AWAY_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '55000',
]);
/** Messages of pg's errors that have no code. */
const AWAY_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable/;

/** SQLSTATE class 08, connection exceptions: a pooler's errors, when PostgreSQL is away or has no room. */
const CONNECTION_EXCEPTION = /^08...$/;

/** Whether a database call failed because the database is unavailable, so that the same call may succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name.startsWith('SequelizeConnection')) return true;
  // Sequelize wraps the driver's error.
  if ('parent' in error && error.parent !== error && isDatabaseAway(error.parent)) return true;
  if ('code' in error && typeof error.code === 'string') {
    if (AWAY_CODES.has(error.code) || CONNECTION_EXCEPTION.test(error.code)) return true;
  }
  return AWAY_MESSAGES.test(error.message);
}
