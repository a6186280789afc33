import { z } from 'zod';
import type { Scope } from '#src/domain/api-keys/api-key.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import { parseInput } from './input.ts';

/** What one answer of an operation holds. */
export interface AnswerShape {
  /** Undefined: no body. */
  shape?: z.ZodType;
  contentType?: string;
  description?: string;
  /** A page of a list: takes the paging parameters, and has a Link header. */
  isPage?: boolean;
  /** Headers by name, with what they say. */
  headers?: Record<string, string>;
}

/** What a request carries, and how it is read; made by `body.ts`. */
export interface RequestBody<T> {
  contentType: string;
  /** What the published description says; {@link read} checks by the same schema. */
  schema: z.ZodType;
  isRequired: boolean;
  description?: string;
  read: (call: Call) => Promise<T>;
  /** It is read while it is acted on. */
  isStream?: boolean;
}

interface Declaration<Query extends z.ZodType, Body> {
  /** Names it in the description, and so in generated clients: `getApp`. */
  id: string;
  summary: string;
  description?: string;
  /** By default `read` for GET and `admin` for the rest. */
  scope?: Scope;
  query?: Query;
  body?: RequestBody<Body>;
  /** By status; a schema alone is JSON of that shape. */
  answers: Record<number, z.ZodType | AnswerShape>;
  /** Statuses of errors beyond those that its kind of request always may have (`refusals.ts`), each with its reason. */
  errors?: Record<number, string>;
  /** On every refusal that comes after the key was checked. */
  refusalHeaders?: Record<string, string>;
  /** Answered without a key. */
  isPublic?: boolean;
  /** Takes an `Idempotency-Key`; said by `idempotency.ts`. */
  isIdempotent?: boolean;
  handle: (call: Call, given: { query: z.output<Query>; body: Body }) => Promise<Answer>;
}

/** What a method of an address does, as data: requests are checked by it, and the description is written from it. */
export interface Operation extends Omit<Declaration<z.ZodType, unknown>, 'answers' | 'handle'> {
  answers: Record<number, AnswerShape>;
  /** Reads what the request carries, then acts: by way of `guard`, which may keep it from that. */
  answer: (call: Call, guard?: Guard) => Promise<Answer>;
}

export type Guard = (act: () => Promise<Answer>) => Promise<Answer>;

export function operation<Query extends z.ZodType = z.ZodUndefined, Body = undefined>(
  declaration: Declaration<Query, Body>,
): Operation {
  const { query, body, answers, handle, ...rest } = declaration;
  return {
    ...rest,
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    answers: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [
        status,
        answer instanceof z.ZodType ? { shape: answer } : answer,
      ]),
    ),
    answer: async (call, guard) => {
      const given = {
        query: (query === undefined ? undefined : parseInput(query, call.parameters())) as z.output<Query>,
        body: (body === undefined ? undefined : await body.read(call)) as Body,
      };
      return guard === undefined ? handle(call, given) : guard(() => handle(call, given));
    },
  };
}

/** The scope that a route needs. */
export const scopeOf = ({ method, operation: { scope } }: { method: string; operation: Operation }): Scope =>
  scope ?? (method === 'get' ? 'read' : 'admin');

/** An answer without a body. */
export const nothing: AnswerShape = {};

/** A page of a list, newest first. */
export const listOf = (shape: z.ZodType): AnswerShape => ({ shape: z.array(shape), isPage: true });
