import { z } from 'zod';
import type { Scope } from '#src/domain/api-keys/api-key.ts';
import { type KeyRight, RIGHTS } from '#src/domain/roles/roles.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { parseInput } from '#src/infra/lib/parse-input.ts';
import { withAllProblems } from '#src/infra/lib/with-all-problems.ts';
import { refuseBody } from './no-body.ts';
import { pageParameters, pageParametersOf } from './page.ts';
import { checkParameters } from './query-parameters.ts';
import { namesOf, requireStrict } from '#src/infra/lib/strict-schemas.ts';

/** The shape of one answer of an operation. */
export interface AnswerShape {
  /** Undefined: no body. */
  shape?: z.ZodType;
  contentType?: string;
  description?: string;
  /** The operation takes the paging parameters, and this answer has a Link header. */
  isPage?: boolean;
  /** Descriptions of the answer's headers, by name. */
  headers?: Record<string, string>;
}

/** The body of a request and how it is read; made by `body.ts`. */
export interface RequestBody<T> {
  contentType: string;
  /** The schema in the published description; {@link read} validates by the same one. */
  schema: z.ZodType;
  isRequired: boolean;
  description?: string;
  read: (call: Call) => Promise<T>;
  /** The handler reads the body while it arrives. */
  isStream?: boolean;
}

interface Declaration<Query extends z.ZodType, Body> {
  /** OpenAPI's operationId, which names the function in generated clients: `getApp`. */
  id: string;
  /** What the scopes of a key must allow; null: it needs no key. */
  right: KeyRight | null;
  summary: string;
  description?: string;
  query?: Query;
  /** Query parameters that are taken and ignored, because published clients send them. */
  ignoredParameters?: string[];
  body?: RequestBody<Body>;
  /** Answers by status; a schema alone means a JSON body of that shape. */
  answers: Record<number, z.ZodType | AnswerShape>;
  /** Reasons by error status, beyond the errors that every such request may have (`refusals.ts`). */
  errors?: Record<number, string>;
  /** Descriptions of the headers that every refusal has once the API key is authenticated. */
  refusalHeaders?: Record<string, string>;
  /** Accepts an `Idempotency-Key`; set by `with-idempotency.ts`. */
  isIdempotent?: boolean;
  handle: (call: Call, given: { query: z.output<Query>; body: Body }) => Promise<Answer>;
}

/** One method of a path as data: it validates the requests, and the OpenAPI document is generated from it. */
export interface Operation extends Omit<Declaration<z.ZodType, unknown>, 'answers' | 'handle'> {
  answers: Record<number, AnswerShape>;
  /** Reads and validates the request, then acts through `guard`, which may prevent the action. */
  answer: (call: Call, guard?: Guard) => Promise<Answer>;
}

export type Guard = (act: () => Promise<Answer>) => Promise<Answer>;

/** Throws for a body that would ignore members (`strict-schemas.ts`). */
export function operation<Query extends z.ZodType = z.ZodUndefined, Body = undefined>(
  declaration: Declaration<Query, Body>,
): Operation {
  const { query, body, answers, handle, ...rest } = declaration;
  if (body !== undefined) requireStrict(body.schema);
  const shapes = Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      answer instanceof z.ZodType ? { shape: answer } : answer,
    ]),
  );
  const declared = {
    ...rest,
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    answers: shapes,
  };
  const readQuery = queryReader(declared);
  return {
    ...declared,
    answer: async (call, guard) => {
      const given = {
        query: readQuery(call) as z.output<Query>,
        body: (body === undefined ? await refuseBody(call) : await body.read(call)) as Body,
      };
      return guard === undefined ? handle(call, given) : guard(() => handle(call, given));
    },
  };
}

/** The schemas of all query parameters. */
export function querySchemasOf({ query, answers }: Pick<Operation, 'query' | 'answers'>): z.ZodType[] {
  return [...(query === undefined ? [] : [query]), ...(isList(answers) ? [pageParameters] : [])];
}

const isList = (answers: Operation['answers']) => Object.values(answers).some(({ isPage }) => isPage);

/** The names of all query parameters that are taken. */
export const parameterNamesOf = (
  operation: Pick<Operation, 'query' | 'answers' | 'ignoredParameters'>,
): string[] => [...querySchemasOf(operation).flatMap(namesOf), ...(operation.ignoredParameters ?? [])];

/**
 * Reads the query of requests. It throws InvalidInput as {@link checkParameters} and {@link parseInput} do, with all
 * that is wrong at once.
 */
export function queryReader(
  operation: Pick<Operation, 'query' | 'answers' | 'ignoredParameters'>,
): (call: Call) => unknown {
  const { query, answers } = operation;
  const known = parameterNamesOf(operation);
  const names = query === undefined ? [] : namesOf(query);
  const isPaged = isList(answers);
  return (call) => {
    const [, read] = withAllProblems(
      () => checkParameters(call.query, known),
      () => (query === undefined ? undefined : parseInput(query, call.parameters(names))),
      () => (isPaged ? pageParametersOf(call) : undefined),
    );
    return read;
  };
}

/** The scope that a key needs for an operation; null: it needs no key. */
export const scopeOf = ({ right }: Pick<Operation, 'right'>): Scope | null =>
  right === null ? null : RIGHTS[right].scope;

/** An answer without a body. */
export const nothing: AnswerShape = {};

/** A page of a list, newest first. */
export const listOf = (shape: z.ZodType): AnswerShape => ({ shape: z.array(shape), isPage: true });
