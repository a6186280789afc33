import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Fields that are redacted in the first two levels of a log entry. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'apiKey',
  'code',
  'data',
  'body',
  'payload',
];

/** Writes one JSON line an entry, on stdout unless `destination` is given. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: loggableError },
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * The type, SQLSTATE and stack of an error only, because errors of PostgreSQL quote values of rows, which may be
 * payloads.
 */
function loggableError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const sqlState = 'code' in error ? String(error.code) : undefined;
  return { type: error.name, sqlState, stack: error.stack };
}
