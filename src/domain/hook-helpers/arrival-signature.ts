/**
 * What a Hook Helper found when it verified a request as a receiver would.
 * - `valid`: signed with the secret of an endpoint that posts here, at most five minutes before it came
 * - `wrong_secret`: no secret of an endpoint that posts here makes this signature of this body
 * - `stale`: signed right, but its time is more than five minutes off
 * - `missing`: an endpoint of the account posts here, and there is no signature that could be read
 * - `not_checked`: more endpoints post here than are tried, and no secret of those made a signature of this body
 * - `not_ours`: no endpoint of the account posts here
 */
export const VERDICTS = ['valid', 'wrong_secret', 'stale', 'missing', 'not_checked', 'not_ours'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const SCHEMES = ['hostedhooks', 'standard_webhooks'] as const;
export type SignatureScheme = (typeof SCHEMES)[number];

export interface ArrivalSignature {
  verdict: Verdict;
  /** The endpoint whose secret made the signature; null when none did. */
  endpointId: string | null;
  /** The signatures that agree with that secret. */
  schemes: SignatureScheme[];
}
