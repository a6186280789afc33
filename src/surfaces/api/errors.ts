import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { isDatabaseAway } from '#src/infra/database/is-away.ts';
import { AppError, BadRequest, NotFound, Unavailable } from '#src/infra/lib/errors.ts';
import { write } from './answer.ts';
import { audienceShape } from '#src/surfaces/api/presenters/audience.ts';
import { named } from '#src/surfaces/api/presenters/shape.ts';
import { MissingScope } from './require-scopes.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';

/** 405: the path exists, but not with this method. */
export class MethodNotAllowed extends AppError {
  readonly status = 405;
  readonly allowed: string[];

  constructor(method: string, allowed: string[]) {
    super('method_not_allowed', `This address does not answer ${method}. It answers ${allowed.join(', ')}.`);
    this.allowed = allowed;
  }
}

export const unknownRoute: RequestHandler = (req) => {
  throw new NotFound(`There is nothing at ${req.method} ${req.baseUrl}${req.path}.`, {
    code: 'unknown_route',
  });
};

/** The text stands in two members, because the published clients disagree about which one they read. */
export const errorShape = named(
  'Error',
  'Why a request was refused.',
  z.object({
    error: z.string().describe('What is wrong, and what to do about it.'),
    message: z.string().describe('The same as `error`.'),
    code: z.string().meta({ description: 'The same for every error of a kind.', examples: ['not_found'] }),
    details: z
      .array(z.object({ path: z.string().describe('Where in the request.'), message: z.string() }))
      .optional()
      .describe('Everything that is wrong with the request.'),
    audience: audienceShape.optional(),
  }),
);

/** Turns every error of the API into an answer; there is no other place that does. `onRefusal` is told of it then. */
export const errorFunnel =
  (onRefusal: (exchange: { req: Request; res: Response }, refusal: Refusal) => void): ErrorRequestHandler =>
  (error: unknown, req, res, next) => {
    if (hasLeft(req)) return;
    if (res.headersSent) {
      next(error);
      return;
    }
    const known = expected(error);
    if (known === undefined) req.log.error({ err: error }, 'an API request failed');
    const refusal = known ?? SURPRISE;
    write(res, { ...present(refusal), headers: headersOf(known) });
    onRefusal({ req, res }, refusal);
  };

type Refusal = Pick<AppError, 'status' | 'code' | 'message' | 'details' | 'more'>;

function present({ status, code, message, details, more }: Refusal) {
  const body: z.output<typeof errorShape> = { error: message, message, code, details, ...more };
  return { status, text: JSON.stringify(body) };
}

const SURPRISE: Refusal = {
  status: 500,
  code: 'internal_error',
  message: 'Something went wrong on our side. The x-request-id of this answer helps us to find it.',
  details: undefined,
  more: undefined,
};

function headersOf(error: AppError | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error?.status === 401) headers['www-authenticate'] = 'Bearer realm="HostedHooks"';
  if (error instanceof MissingScope) {
    headers['www-authenticate'] = `Bearer error="insufficient_scope", scope="${error.scope}"`;
  }
  if (error?.retryAfterSeconds !== undefined) headers['retry-after'] = String(error.retryAfterSeconds);
  if (error instanceof MethodNotAllowed) headers['allow'] = error.allowed.join(', ');
  return headers;
}

function expected(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  // Express throws URIError for a path that it cannot percent-decode.
  if (error instanceof URIError) return new BadRequest('The address is not well-formed.');
  // Another caller deleted the row after this request had found it and before it inserted the reference.
  if (error instanceof Error && error.name === 'SequelizeForeignKeyConstraintError') {
    return new NotFound('What this belongs to is gone.', { cause: error });
  }
  if (isDatabaseAway(error)) {
    return new Unavailable('We cannot reach our database at the moment. Please try again.', {
      retryAfterSeconds: 5,
      cause: error,
    });
  }
  return undefined;
}
