import type { ErrorRequestHandler, RequestHandler } from 'express';
import { type Page, renderPage } from '#src/surfaces/html/render.ts';
import { AppError, NotFound } from '#src/infra/lib/errors.ts';
import { setRetryAfter } from '#src/surfaces/html/set-retry-after.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';

interface ErrorPage {
  heading: string;
  text: string;
  action?: { href: string; label: string };
  requestId?: string;
}

/** Mounted last: a 404 for every path without a route. */
export const pageNotFound: RequestHandler = (_req, _res, next) => {
  next(new NotFound('There is no such page.'));
};

/** Error handler of all pages. An expected error renders what to do; any other is logged once and renders a 500. */
export const pageErrorHandler: ErrorRequestHandler = async (error: unknown, req, res, next) => {
  if (hasLeft(req)) return;
  if (res.headersSent) {
    next(error);
    return;
  }
  const status = statusOf(error);
  if (status >= 500) req.log.error({ err: error }, 'a page failed');
  setRetryAfter(res, error);
  const isSignedIn = res.locals['account'] !== undefined;
  const model: ErrorPage = status >= 500 ? { ...surprise(), requestId: req.id } : explain(error, status);
  const home = isSignedIn
    ? { href: '/dashboard', label: 'Go to the dashboard' }
    : { href: '/', label: 'Go to the start' };
  const page: Page = {
    view: 'errors/error',
    title: model.heading,
    status,
    model: { action: home, ...model },
  };
  await renderPage(res, { ...page, layout: isSignedIn ? 'app' : 'public' });
};

function statusOf(error: unknown): number {
  if (error instanceof AppError) return error.status;
  // Errors of Express and its body parser have `status`, and `expose` says whether the client may see them.
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return typeof status === 'number' && status < 500 && expose !== false ? status : 500;
}

const surprise = (): ErrorPage => ({
  heading: 'Something went wrong on our side',
  text: 'The page could not be shown. Nothing of yours was lost; please try again. If it stays, tell support the request id.',
});

function explain(error: unknown, status: number): ErrorPage {
  if (status === 404) {
    return {
      heading: 'There is nothing here',
      text: 'The address is wrong, what it showed was deleted, or it belongs to another account.',
    };
  }
  if (status === 401) {
    return {
      heading: 'You are not signed in',
      text: 'Your session has ended. Sign in again to go on.',
      action: { href: '/sign_in', label: 'Sign in' },
    };
  }
  const heading = HEADINGS[status] ?? 'This could not be done';
  return {
    heading,
    text: error instanceof AppError ? error.message : 'The request could not be understood.',
  };
}

const HEADINGS: Record<number, string> = {
  402: 'Your plan does not allow this',
  403: 'This is not allowed',
  409: 'This conflicts with something that exists',
  413: 'That is too much at once',
  429: 'Too many requests',
};
