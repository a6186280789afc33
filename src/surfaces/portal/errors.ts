import type { ErrorRequestHandler, RequestHandler } from 'express';
import { renderPage } from '#src/surfaces/html/render.ts';
import { setRetryAfter } from '#src/surfaces/html/set-retry-after.ts';
import { AppError, BadRequest, NotFound, TooLarge } from '#src/infra/lib/errors.ts';
import { homeOf } from './session.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';

export const portalNotFound: RequestHandler = (_req, _res, next) => {
  next(new NotFound('There is no such page.'));
};

/** Error handler of the portal. No link to our other pages, because subscribers do not know HostedHooks. */
export const portalErrorHandler: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  if (hasLeft(req)) return;
  if (res.headersSent) {
    next(error);
    return;
  }
  const known = expected(error);
  if (known === undefined) req.log.error({ err: error }, 'a portal page failed');
  setRetryAfter(res, known);
  const status = known?.status ?? 500;
  await renderPage(res, {
    view: 'portal/error',
    title: 'Webhooks',
    layout: 'portal',
    // Which provider it is, and whether it names us, is not known here.
    isWhiteLabel: true,
    status,
    model: {
      heading: HEADINGS[status] ?? 'This could not be done',
      home: status === 401 ? null : homeIn(req.path),
      text: known?.message ?? 'The page could not be shown. Please try again.',
      requestId: known === undefined ? req.id : undefined,
    },
  });
};

function expected(error: unknown): AppError | undefined {
  // Express throws URIError for a path that it cannot percent-decode.
  if (error instanceof URIError)
    return new BadRequest('The address is not well-formed. Open the link again.');
  if (error instanceof AppError) return error.status < 500 ? error : undefined;
  // Errors of the form parser.
  const { status } = error as { status?: unknown };
  if (status === 413) return new TooLarge('This is more than a form here sends.', { cause: error });
  return typeof status === 'number' && status < 500
    ? new BadRequest('The request could not be understood.', { cause: error })
    : undefined;
}

/** The portal that an address is in; null for one that is in none. */
const homeIn = (path: string): string | null => {
  const [, id] = /^\/([\da-f-]{36})\//.exec(path) ?? [];
  return id === undefined ? null : homeOf(id);
};

const HEADINGS: Record<number, string> = {
  400: 'This link does not open',
  401: 'Your visit has ended',
  403: 'This link does not open',
  404: 'There is nothing here',
  429: 'Too many requests',
  500: 'Something went wrong on our side',
};
