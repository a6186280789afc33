import { z } from 'zod';

/** PostgreSQL cannot store NUL in a text. */
const NUL = '\0';

/** A text of at most `max` characters. The messages are predicates that follow the field's name. */
export const text = (max: number) =>
  z
    .string()
    .max(max, `must be at most ${String(max)} characters long`)
    .refine((value) => !value.includes(NUL), 'must not hold a NUL character')
    .refine((value) => value.isWellFormed(), 'must not hold half of a surrogate pair');
