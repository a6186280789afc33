import type { Operation } from './operation.ts';

const AMBIGUOUS = 'Several of your apps have one with this `uid`: name the app, too, or use its id.';

/** An operation below a subscription that is addressed without its app, which a uid may not tell. */
export function shortForm(operation: Operation): Operation {
  const own = operation.errors?.[409];
  return {
    ...operation,
    errors: { ...operation.errors, 409: own === undefined ? AMBIGUOUS : `${own} ${AMBIGUOUS}` },
  };
}

/** The same below the app, where a uid is unique. */
export function longForm(operation: Operation): Operation {
  const { id, summary, description } = operation;
  const same = `As \`${id}\`, for a \`uid\` that several of your apps use.`;
  return {
    ...operation,
    id: `${id}InApp`,
    summary: `${summary}, by its app`,
    description: description === undefined ? same : `${description} ${same}`,
  };
}
