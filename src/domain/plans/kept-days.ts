/**
 * How long is kept what is for finding a fault of these days, if the plan keeps its log that long: executions of
 * transformations, and calls of the API.
 */
export const DIAGNOSTICS_KEPT_DAYS = 7;

/** Of counts: covers the same month of last year. */
export const COUNTS_KEPT_DAYS = 400;
