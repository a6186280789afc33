import { z } from 'zod';
import { readTextQuery } from '#src/domain/search/text-query.ts';
import { text } from './fields.ts';

const MAX_CHARACTERS = 200;

/** Words of a search: a match contains every word, whatever its case. */
export const textQuery = text(MAX_CHARACTERS)
  .transform((value, context) => {
    const query = readTextQuery(value);
    if (typeof query === 'string') {
      context.addIssue(query);
      return z.NEVER;
    }
    return query;
  })
  .meta({ minLength: 1 });
