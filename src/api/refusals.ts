import type { Operation } from './operation.ts';

/** Why requests are refused: what the description says of each error, in one place. */

export const UID_TAKEN = 'Another one has this `uid`, or several of your apps know the one in the address.';
export const PLAN_LIMIT = 'The plan allows no more of them; `message` says how to get more.';
export const UID_AMBIGUOUS = 'Several of your apps have one with this `uid`: use its id.';

/** What any operation may answer. */
export const ALWAYS: Record<number, string> = {
  401: 'The API key is missing, unknown, expired or revoked.',
  500: 'Something went wrong on our side.',
  503: 'We cannot do it at the moment. Try again after the seconds in `Retry-After`.',
};

const WITH_BODY: Record<number, string> = {
  400: 'The address or the body is not well-formed.',
  413: 'The body is too large.',
  415: 'The body is not of a type that we read.',
  422: 'Something in the request is not as it must be; `details` says what.',
};

/** The errors that `operation` may answer, by status, each with its reason. */
export function refusalsOf({ body, query, answers, errors, isPublic }: Operation, path: string) {
  const takesQuery = query !== undefined || Object.values(answers).some(({ isPage }) => isPage);
  const refusals: Record<number, string> = {
    ...(isPublic === true ? {} : ALWAYS),
    ...(path.includes(':')
      ? { 400: 'The address is not well-formed.', 404: 'There is none with this id.' }
      : {}),
    ...(takesQuery ? { 422: 'A parameter is not as it must be; `details` says what.' } : {}),
    ...(body === undefined ? {} : WITH_BODY),
    ...errors,
  };
  return refusals;
}
