import type { IncomingMessage } from 'node:http';
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import type { Container } from '#src/container.ts';
import type { HelperAnswer } from '#src/domain/hook-helpers/answer.ts';
import type { HookHelper } from '#src/domain/hook-helpers/hook-helper.ts';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';
import { verifyArrival } from '#src/domain/signature-doctor/verify-arrival.ts';
import { AppError, BadRequest, NotFound, TooLarge } from '#src/infra/lib/errors.ts';
import { ArrivalRate } from './arrival-rate.ts';
import { DelayedAnswers, waitWhileConnected } from './delayed-answers.ts';
import { forgetBody } from '#src/surfaces/http/arrival-budget.ts';
import { hasLeft } from '#src/surfaces/http/has-left.ts';
import { readBody } from '#src/surfaces/http/read-body.ts';

/** Fits a webhook of HostedHooks, which holds up to 1 MB of data. */
const MAX_BYTES = FIXED_LIMITS.hookHelperBytes.max;
const LIMIT = {
  maxBytes: MAX_BYTES,
  tooLarge: () => new TooLarge(`A Hook Helper keeps bodies of up to ${String(MAX_BYTES / 1024)} KB.`),
  cutOff: () => new BadRequest('The request ended before its body did.'),
};

/** Redacted, because a request from our own origin carries session cookies, which the owner must not see. */
const HIDDEN_HEADERS = new Set(['cookie']);

/**
 * The public side of Hook Helpers, mounted at `/r`: records any request with what its signature proves, and answers as
 * the Hook Helper was told to.
 */
export function hookHelperInbox(
  container: Pick<Container, 'cipher' | 'clock' | 'hookHelpers' | 'pool'>,
): Router {
  const { clock, hookHelpers } = container;
  const router = Router();
  const rate = new ArrivalRate(clock);
  const delayed = new DelayedAnswers();

  router.use('/:token', async (req, res) => {
    const { token } = req.params;
    const helper = await hookHelpers.findByToken(token);
    if (helper === null) throw new NotFound('There is no Hook Helper at this address.');
    rate.take(helper.id);
    const { given, release } = await receive(helper, req);
    try {
      forgetBody(req);
      if (await waitWhileConnected(res, given.delay_seconds * 1000)) give(res, given);
    } finally {
      release();
    }
  });

  /** Reads the request. Its body ends with this function, so that an answer that waits holds none of it. */
  async function receive(helper: HookHelper, req: Request) {
    const body = await readBody(req, LIMIT);
    const release = (helper.answer?.delay_seconds ?? 0) > 0 ? delayed.take(helper) : () => undefined;
    try {
      return { given: await keep(helper, req, body), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Keeps the request; what to answer. */
  async function keep(helper: HookHelper, req: Request, body: Buffer): Promise<HelperAnswer> {
    const headers = pairs(req);
    const [signature, given] = await Promise.all([
      verifyArrival(container, helper, { headers, body }),
      hookHelpers.nextAnswer(helper),
    ]);
    await hookHelpers.record(helper, {
      method: req.method,
      path: req.url,
      headers: headers.map(([name, value]) => [name, isHidden(name) ? '[not kept]' : value]),
      body,
      signature,
      answeredStatus: given.status,
    });
    return given;
  }

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

/** Under a policy that runs nothing, because the answer comes from our own origin. */
const SANDBOX = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Browsers show these as text. All else is downloaded, because a page here would look as if it were ours. */
const SHOWN_TYPE = /^(?:application\/json|text\/plain)(?:;|$)/i;

/** Gives the answer that the Hook Helper was told, without a body where HTTP allows none. */
function give(res: Response, { status, headers, content_type: type, body }: HelperAnswer): void {
  // Not by Express, which adds a charset to the type that was asked for.
  res.setHeaders(new Map(Object.entries({ ...headers, ...SANDBOX, 'content-type': type })));
  if (!SHOWN_TYPE.test(type)) res.set('content-disposition', 'attachment');
  res.status(status);
  const bytes = Buffer.from(body);
  if (status === 204 || status === 205 || status === 304) res.end();
  else res.set('content-length', String(bytes.length)).end(res.req.method === 'HEAD' ? undefined : bytes);
}

/** Responds with JSON that never contains anything of the request. */
function answer(res: Response, status: number, body: object): void {
  res.set(SANDBOX);
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
