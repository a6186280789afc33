import type { Endpoint } from './endpoint.ts';

/** `failing`: on, and no delivery succeeds. The others say why the endpoint is off. */
export type EndpointProblem = 'failing' | 'gone' | 'attempts_exhausted' | 'turned_off_by_hand';

/** The problem of an endpoint; undefined while it is healthy. */
export function problemOf(
  endpoint: Pick<Endpoint, 'failingSince' | 'inactiveReason' | 'status'>,
): EndpointProblem | undefined {
  const { status, inactiveReason, failingSince } = endpoint;
  if (status === 'inactive') return inactiveReason ?? 'turned_off_by_hand';
  return failingSince === null ? undefined : 'failing';
}

/** The host of the endpoint's URL, as texts about the endpoint name it; a URL that is none stays whole. */
export function hostOf({ url }: Pick<Endpoint, 'url'>): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
