/**
 * How long is kept what is for finding a fault of these days, if the plan keeps its log that long: executions of
 * transformations, and calls of the API.
 */
export const DIAGNOSTICS_KEPT_DAYS = 7;
