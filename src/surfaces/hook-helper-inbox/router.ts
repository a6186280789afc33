import type { IncomingMessage } from 'node:http';
import { type ErrorRequestHandler, type Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { AppError, NotFound } from '#src/infra/lib/errors.ts';
import { ArrivalRate } from './arrival-rate.ts';
import { readBody } from './read-body.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';

/** Fits a webhook of HostedHooks, which holds up to 1 MB of data. */
const MAX_BYTES = FIXED_LIMITS.hookHelperBytes.max;

/** Redacted, because a request from our own origin carries session cookies, which the owner must not see. */
const HIDDEN_HEADERS = new Set(['cookie']);

/** The public side of Hook Helpers, mounted at `/r`: records any request and responds 200. */
export function hookHelperInbox({ clock, hookHelpers }: Pick<Container, 'clock' | 'hookHelpers'>): Router {
  const router = Router();
  const rate = new ArrivalRate(clock);

  router.use('/:token', async (req, res) => {
    const { token } = req.params;
    const helper = await hookHelpers.findByToken(token);
    if (helper === null) throw new NotFound('There is no Hook Helper at this address.');
    rate.take(helper.id);
    const body = await readBody(req, MAX_BYTES);
    await hookHelpers.record(helper, {
      method: req.method,
      path: req.url,
      headers: pairs(req).map(([name, value]) => [name, isHidden(name) ? '[not kept]' : value]),
      body,
    });
    answer(res, 200, { ok: true });
  });

  router.use(onError);
  return router;
}

const onError: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (hasLeft(req)) return;
  if (res.headersSent) {
    next(error);
  } else if (error instanceof URIError) {
    answer(res, 400, {
      error: 'The address is not well-formed.',
      message: 'The address is not well-formed.',
    });
  } else if (error instanceof AppError) {
    if (error.retryAfterSeconds !== undefined) res.set('retry-after', String(error.retryAfterSeconds));
    answer(res, error.status, { error: error.message, message: error.message, code: error.code });
  } else {
    req.log.error({ err: error }, 'recording a Hook Helper request failed');
    answer(res, 500, { error: 'The request could not be kept.', message: 'The request could not be kept.' });
  }
};

/** Responds with JSON under a policy that runs nothing. The response never contains anything of the request. */
function answer(res: Response, status: number, body: object): void {
  res.set({
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  res.status(status).json(body);
}

function isHidden(name: string): boolean {
  return HIDDEN_HEADERS.has(name.toLowerCase());
}

/** The headers as received, because Node's parsed headers are lower-cased and joined. */
function pairs({ rawHeaders }: IncomingMessage): [string, string][] {
  const list: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    list.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return list;
}
