import type { Attempt } from '#src/domain/attempts/attempt.ts';

/** What happened in one attempt, as a sentence. */
export function sentenceOf(attempt: Attempt, url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : 'The endpoint';
  if (attempt.succeeded) return `${host} answered ${String(attempt.statusCode)}.`;
  if (attempt.errorMessage !== '') return endWithStop(attempt.errorMessage);
  return `${host} answered ${String(attempt.statusCode)}, which is not a success.`;
}

const endWithStop = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
