import type { IncomingMessage } from 'node:http';
import { type ErrorRequestHandler, type Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import { AppError, NotFound } from '#src/infra/lib/errors.ts';
import { readBody } from './read-body.ts';

/** A webhook of ours, which holds up to 1 MB of data, fits. */
const MAX_BYTES = 1100 * 1024;

/** A page on our own origin sends our own cookies along; whoever owns the Hook Helper must not see those. */
const HIDDEN_HEADERS = new Set(['cookie']);

/** The public side of Hook Helpers, mounted at `/r`: takes any request, keeps it, says that it did. */
export function hookHelperInbox({ hookHelpers }: Pick<Container, 'hookHelpers'>): Router {
  const router = Router();

  router.use('/:token', async (req, res) => {
    const { token } = req.params;
    const helper = await hookHelpers.findByToken(token);
    if (helper === null) throw new NotFound('There is no Hook Helper at this address.');
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
  if (res.headersSent) {
    next(error);
  } else if (error instanceof URIError) {
    answer(res, 400, {
      error: 'The address is not well-formed.',
      message: 'The address is not well-formed.',
    });
  } else if (error instanceof AppError) {
    answer(res, error.status, { error: error.message, message: error.message, code: error.code });
  } else {
    req.log.error({ err: error }, 'a Hook Helper could not keep a request');
    answer(res, 500, { error: 'The request could not be kept.', message: 'The request could not be kept.' });
  }
};

/** Nothing that was sent here is ever shown here, and what is shown runs nothing. */
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

/** As they came: Node's parsed ones are lower-cased and folded. */
function pairs({ rawHeaders }: IncomingMessage): [string, string][] {
  const list: [string, string][] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    list.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return list;
}
