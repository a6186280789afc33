/**
 * Settings of a run that has two forms: the short one is part of `npm test`, the long one of the command that sets
 * `variable` to `long`.
 */
export const longForm =
  (variable: 'ATTACK' | 'CHAOS') =>
  <T>({ short, long }: { short: T; long: T }): T =>
    process.env[variable] === 'long' ? long : short;
