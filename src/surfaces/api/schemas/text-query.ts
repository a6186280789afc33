import { z } from 'zod';
import { MAX_PHRASES, readTextQuery } from '#src/domain/search/text-query.ts';
import { text } from './fields.ts';

const MAX_CHARACTERS = 200;
const BOUND = `At most ${String(MAX_PHRASES)} words; those between double quotes stand together and count as one.`;

/** Words of a search, as a query: a match contains every word, whatever its case. `what` begins the description. */
export const textQuery = (what: string) =>
  text(MAX_CHARACTERS)
    .transform((value, context) => {
      const query = readTextQuery(value);
      if (typeof query === 'string') {
        context.addIssue(query);
        return z.NEVER;
      }
      return query;
    })
    .meta({ minLength: 1 })
    .optional()
    .describe(`${what} ${BOUND}`);

/** As {@link textQuery}, as it was typed. */
export const textQueryAsTyped = (what: string) =>
  text(MAX_CHARACTERS)
    .superRefine((value, context) => {
      const query = readTextQuery(value);
      if (typeof query === 'string') context.addIssue(query);
    })
    .meta({ minLength: 1 })
    .nullish()
    .describe(`${what} ${BOUND}`);
