import type { Operation } from './operation.ts';

/** The reasons of all error statuses, as the OpenAPI document gives them. */

export const UID_TAKEN = 'Another one has this `uid`.';
export const PLAN_LIMIT = 'The plan allows no more of them; `message` says how to get more.';

export const TOO_MANY_INVITATIONS = 'Too many were mailed. Try again after the seconds in `Retry-After`.';

/** Errors of every operation. */
export const ALWAYS: Record<number, string> = {
  401: 'The API key is missing, unknown, expired or revoked.',
  403: 'The API key lacks the scope that this needs.',
  500: 'Something went wrong on our side.',
  503: 'We cannot do it at the moment. Try again after the seconds in `Retry-After`.',
};

/** Errors of every operation that accepts an Idempotency-Key. */
const IDEMPOTENT: Record<number, string> = {
  409: 'The same request, by its `Idempotency-Key`, is being executed.',
  422: 'A parameter is unknown (`unknown_parameter`), or the `Idempotency-Key` is none, or of another request.',
};

const WITH_BODY: Record<number, string> = {
  400: 'The address or the body is not well-formed.',
  413: 'The body is too large.',
  415: 'The body is not of a type that we read.',
  422: 'Something in the request is unknown (`unknown_parameter`), or not as it must be; `details` says what.',
};

/** Reasons by error status that `operation` may answer. */
export function refusalsOf(operation: Operation, path: string): Record<number, string> {
  const { body, errors, right, isIdempotent } = operation;
  return {
    ...(right === null ? {} : ALWAYS),
    422: 'A parameter is unknown (`unknown_parameter`), or not as it must be; `details` says what.',
    ...(isIdempotent === true ? IDEMPOTENT : {}),
    ...(path.includes(':')
      ? { 400: 'The address is not well-formed.', 404: 'There is none with this id.' }
      : {}),
    ...(body === undefined ? {} : WITH_BODY),
    ...errors,
  };
}
