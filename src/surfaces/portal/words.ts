import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';

/** The endpoint's problem in words for the subscriber; undefined while the endpoint is healthy. */
export function whatIsWrong({ status, inactiveReason, failingSince, url }: Endpoint): string | undefined {
  const host = URL.canParse(url) ? new URL(url).host : url;
  if (status === 'active') {
    return failingSince === null
      ? undefined
      : `No delivery to ${host} has succeeded for a while. The answers below say why; it has to answer with a status from 200 to 299.`;
  }
  if (inactiveReason === 'gone') {
    return `It is off because ${host} answered 410 Gone, which asks for no more. What it misses is kept.`;
  }
  if (inactiveReason === 'attempts_exhausted') {
    return `It is off because every attempt to deliver a message to ${host} failed. What it misses is kept. Now and then one of these is tried, and if it succeeds the endpoint is on again.`;
  }
  return 'It was turned off by hand. Nothing is sent to it.';
}
