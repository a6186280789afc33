import { z } from 'zod';
import { BadRequest } from '#src/infra/lib/errors.ts';

/** The choices of the form: for how many seconds the old secret stays valid. */
export const SECRET_GRACES = [
  ['86400', '1 day'],
  ['604800', '7 days'],
  ['2592000', '30 days'],
  ['3600', '1 hour'],
  ['0', 'Not at all: end it now'],
] as const;

export const secretRotation = z.strictObject({ grace: z.enum(SECRET_GRACES.map(([seconds]) => seconds)) });

/** Seconds for which the old secret goes on. Throws BadRequest for a time that is no choice. */
export function graceIn(body: unknown): number {
  const form = secretRotation.safeParse(body).data;
  if (form === undefined) throw new BadRequest('Choose for how long the old secret goes on.');
  return Number(form.grace);
}
