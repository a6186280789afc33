import { z } from 'zod';

/** The choices of the form: for how many seconds the old secret stays valid. */
export const SECRET_GRACES = [
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
  ['3600', '1 hour'],
  ['0', 'Not at all: end it now'],
] as const;

export const secretRotation = z.strictObject({ grace: z.enum(SECRET_GRACES.map(([seconds]) => seconds)) });
