export interface Target {
  what: string;
  figure: number;
  /** How `figure` must compare to `limit`. */
  bound: 'at least' | 'at most' | 'under';
  limit: number;
}

/** A target of which the limit may not be set for what was measured. */
export function target(
  what: string,
  bound: Target['bound'],
  { figure, limit = Number.NaN }: { figure: number; limit: number | undefined },
): Target {
  return { what, bound, figure, limit };
}
