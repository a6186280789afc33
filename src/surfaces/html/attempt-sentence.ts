import type { Attempt } from '#src/domain/attempts/attempt.ts';
import { type Since, urlOfAttempt } from '#src/domain/endpoints/endpoint-since.ts';

/** What happened in one attempt, as a sentence. `endpoint`: null where it was deleted. */
export function sentenceOf(attempt: Attempt, endpoint: Since | null): string {
  const url = endpoint === null ? null : urlOfAttempt(endpoint, attempt);
  const host = URL.parse(url ?? '')?.host ?? 'The endpoint';
  if (attempt.succeeded) return `${host} answered ${String(attempt.statusCode)}.`;
  if (attempt.errorMessage !== '') return endWithStop(attempt.errorMessage);
  return `${host} answered ${String(attempt.statusCode)}, which is not a success.`;
}

const endWithStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
