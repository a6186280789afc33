import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { type EndpointProblem, hostOf, problemOf } from '#src/domain/endpoints/endpoint-problem.ts';

type Problematic = Pick<Endpoint, 'failingSince' | 'inactiveReason' | 'status' | 'url'>;

/** Why an endpoint that is on fails, and what to do; undefined while the endpoint is healthy or off. */
export function whyFailing(endpoint: Problematic): string | undefined {
  return problemOf(endpoint) === 'failing' ? WORDS.failing(hostOf(endpoint)) : undefined;
}

/** Why an endpoint is off, and what to do; undefined while the endpoint is on. */
export function whyOff(endpoint: Problematic): string | undefined {
  const problem = problemOf(endpoint);
  return problem === undefined || problem === 'failing' ? undefined : WORDS[problem](hostOf(endpoint));
}

/** The problem in words for the provider. */
const WORDS: Record<EndpointProblem, (host: string) => string> = {
  failing: (host) =>
    `No delivery to ${host} has succeeded for a while. When one has used up all its attempts and still nothing has succeeded, we turn the endpoint off.`,
  gone: (host) =>
    `${host} answered 410 Gone, which asks us to stop. We turned the endpoint off; what it misses is kept. Turn it on again if that was a mistake.`,
  attempts_exhausted: (host) =>
    `Every attempt to deliver a message to ${host} failed, and none succeeded since. We turned the endpoint off; what it misses is kept. Now and then we try one of these deliveries, and turn the endpoint on if it succeeds. You can turn it on yourself as soon as ${host} answers.`,
  turned_off_by_hand: () =>
    'Someone turned this endpoint off. What it misses is kept, and can be replayed when it is on again.',
};
