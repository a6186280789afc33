import type { Attempt } from '#src/domain/attempts/attempt.ts';
import type { Deviation } from './deviation.ts';

/** Statuses by which receivers refuse a signature. */
const REFUSALS = [400, 401, 403];

/** Checks allow five minutes, so a clock that is off by more than this will soon refuse. */
const TOLERATED_SKEW_MS = 60_000;

type Answered = Pick<Attempt, 'statusCode' | 'responseHeaders' | 'attemptedAt' | 'durationMs'>;

/** Whether an attempt was answered as by a receiver that refuses the signature. */
export const wasRefused = ({ statusCode }: Pick<Attempt, 'statusCode'>) =>
  statusCode !== null && REFUSALS.includes(statusCode);

/** What the answer to an attempt tells of why it was refused. */
export function examineAnswer({ responseHeaders, attemptedAt, durationMs }: Answered): Deviation[] {
  const header = (wanted: string) => responseHeaders?.find(([name]) => name.toLowerCase() === wanted)?.[1];
  const answeredAtMs = attemptedAt.getTime() + durationMs;
  const skewMs = Date.parse(header('date') ?? '') - answeredAtMs;
  const clock: Deviation[] =
    Math.abs(skewMs) > TOLERATED_SKEW_MS
      ? [{ mistake: skewMs > 0 ? 'clock_ahead' : 'clock_behind', of: inWords(Math.abs(skewMs)) }]
      : [];
  const login = header('www-authenticate');
  return [
    ...clock,
    ...(login === undefined ? [] : [{ mistake: 'login_asked' as const, of: schemeOf(login) }]),
  ];
}

const schemeOf = (challenge: string) => challenge.split(/[\s,]/)[0] ?? challenge;

function inWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${String(minutes)} minutes`;
  return `${String(Math.round(minutes / 60))} hours`;
}
