import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Fields that never reach a log, wherever they stand in the first two levels of an entry. */
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

/** One JSON line an entry, on stdout. */
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

/** Never the whole error: PostgreSQL's quote the values of the row that they are about, which may be payloads. */
function loggableError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const sqlState = 'code' in error ? String(error.code) : undefined;
  return { type: error.name, sqlState, stack: error.stack };
}
