/** When an endpoint that we turned off is probed, as SQL intervals: first after an hour, and at least once a day. */
export const FIRST_PROBE_AFTER = `interval '1 hour'`;
export const MAX_PROBE_WAIT = `interval '1 day'`;
