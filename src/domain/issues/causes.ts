import type { Outcome } from '#src/infra/outbound/outcome.ts';

/** Why deliveries to an endpoint fail, as issues are put together. */
export const CAUSES = [
  'dns',
  'certificate_expired',
  'certificate_self_signed',
  'certificate_wrong_name',
  'tls',
  'refused',
  'reset',
  'connect_timeout',
  'timeout',
  'unreachable',
  'redirected',
  'rejected',
  'unauthorized',
  'not_found',
  'method_not_allowed',
  'gone',
  'body_too_large',
  'unsupported_media_type',
  'rate_limited',
  'server_error',
  'html_answer',
  'invalid_answer',
  'unexpected_status',
  'blocked_address',
  'transformation_failed',
  'oauth_refused',
] as const;
export type Cause = (typeof CAUSES)[number];

/** What an attempt tells of its failure. */
export interface FailedAttempt {
  /** As attempts have it; one that is not known here counts as unreachable. */
  outcome: Outcome | 'auth_failed' | 'parked' | 'oauth_refused' | 'transformation_failed';
  statusCode: number | null;
  /** One of ours (`infra/outbound/outcome.ts`). */
  errorMessage: string;
  responseHeaders: [string, string][] | null;
}

/** The cause of a failed attempt; pure. */
export function causeOf(attempt: FailedAttempt): Cause {
  const { outcome, statusCode } = attempt;
  switch (outcome) {
    case 'status':
      return hasHtml(attempt) && !SAY_ENOUGH.has(statusCode ?? 0) ? 'html_answer' : ofStatus(statusCode ?? 0);
    case 'tls':
      return ofCertificate(attempt.errorMessage);
    case 'timeout':
      return attempt.errorMessage.includes('did not accept the connection') ? 'connect_timeout' : 'timeout';
    case 'too_large':
    case 'invalid_response':
      return 'invalid_answer';
    case 'auth_failed':
      return 'oauth_refused';
    case 'connection':
    case 'parked':
      return 'unreachable';
    default:
      return outcome;
  }
}

function ofCertificate(message: string): Cause {
  if (message.includes(' has expired')) return 'certificate_expired';
  if (message.includes(' is self-signed')) return 'certificate_self_signed';
  return message.includes(' is for another name') ? 'certificate_wrong_name' : 'tls';
}

const BY_STATUS: Partial<Record<number, Cause>> = {
  400: 'rejected',
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not_found',
  405: 'method_not_allowed',
  410: 'gone',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  422: 'rejected',
  429: 'rate_limited',
};

function ofStatus(status: number): Cause {
  if (status >= 500) return 'server_error';
  return BY_STATUS[status] ?? (status >= 300 && status < 400 ? 'redirected' : 'unexpected_status');
}

/** Statuses that mean what they say, whatever page comes with them. */
const SAY_ENOUGH = new Set([401, 403, 404, 405, 410, 413, 415, 429, 502, 503, 504]);

const hasHtml = ({ responseHeaders }: FailedAttempt) =>
  responseHeaders?.some(([name, value]) => /^content-type$/i.test(name) && /^\s*text\/html/i.test(value)) ===
  true;
