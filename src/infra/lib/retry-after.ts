/**
 * The milliseconds of a `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date in one of the three forms
 * that section 5.6.7 obliges recipients to read. A date in the past is 0. Any other text is undefined, because a wrong
 * header must not change our own backoff. The caller bounds the wait.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (DELAY_SECONDS.test(text)) return Math.min(Number(text) * 1000, Number.MAX_SAFE_INTEGER);
  if (!HTTP_DATE.test(text)) return undefined;

  // The asctime form names no zone and means UTC; JavaScript would read it as local time.
  const timeMs = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(timeMs) ? undefined : Math.max(0, timeMs - nowMs);
}

const DELAY_SECONDS = /^\d+$/;

// In the order of the RFC: IMF-fixdate, RFC 850, asctime. Date.parse alone accepts far more.
const HTTP_DATE = new RegExp(
  [
    String.raw`^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$`,
    String.raw`^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$`,
    String.raw`^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$`,
  ].join('|'),
);
