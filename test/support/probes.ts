import { EndpointProber } from '#src/domain/endpoints/endpoint-prober.ts';
import type { TestServer } from './server.ts';

export const HOUR_MS = 3_600_000;

/** A prober to which it is `hours` later than it is. */
export function proberIn(hours: number, { container }: TestServer, pollMs?: number): EndpointProber {
  const clock = { ...container.clock, now: () => Date.now() + hours * HOUR_MS };
  return new EndpointProber({ ...container, clock, ...(pollMs === undefined ? {} : { pollMs }) });
}

/** Rounded. */
export const hoursBetween = (from: Date | null, to: Date | null) =>
  Math.round(((to?.getTime() ?? NaN) - (from?.getTime() ?? NaN)) / HOUR_MS);
