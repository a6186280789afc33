import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { type EndpointProblem, hostOf, problemOf } from '#src/domain/endpoints/endpoint-problem.ts';

/** The endpoint's problem in words for the subscriber; undefined while the endpoint is healthy. */
export function whatIsWrong(endpoint: Endpoint): string | undefined {
  const problem = problemOf(endpoint);
  return problem === undefined ? undefined : WORDS[problem](hostOf(endpoint));
}

const WORDS: Record<EndpointProblem, (host: string) => string> = {
  failing: (host) => `No delivery to ${host} has succeeded for a while.`,
  gone: (host) =>
    `It is off because ${host} answered 410 Gone, which asks for no more. What it misses is kept.`,
  attempts_exhausted: (host) =>
    `It is off because every attempt to deliver a message to ${host} failed. What it misses is kept. Now and then one of these is tried, and if it succeeds the endpoint is on again.`,
  turned_off_by_hand: () =>
    'It was turned off by hand. What it misses is kept, and can be sent when it is on again.',
};
