/** SQL intervals between the probes of an endpoint that we turned off: the first, and the longest. */
export const FIRST_PROBE_AFTER = `interval '1 hour'`;
export const MAX_PROBE_WAIT = `interval '1 day'`;
