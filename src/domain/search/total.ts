/** Rows of a list that are counted at most, because a count reads each. */
export const MAX_COUNTED = 10_000;

/** How many rows of a list match. */
export interface Total {
  count: number;
  /** False: there may be more, because only the newest {@link MAX_COUNTED} rows were looked at. */
  isExact: boolean;
}

/** Of what a count over one row more than {@link MAX_COUNTED} found. */
export const totalOf = ({ matching, seen }: { matching: number; seen: number }): Total => ({
  count: matching,
  isExact: seen <= MAX_COUNTED,
});
