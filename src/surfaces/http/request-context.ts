import { randomUUID } from 'node:crypto';
import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from '#src/infra/telemetry/logger.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** The request id of Heroku's router, or a random one. It stands in the answer and in every log line. */
    id: string;
    /** When it came, by the monotonic clock. */
    startedAtMs: number;
    readonly log: Logger;
  }
}

const ACCEPTABLE_ID = /^[\w-]{8,128}$/;

/**
 * Gives every request an id and a logger, and at the level `debug` logs one line per answer, never with the query, body
 * or headers. The logger is created at its first use, because most requests log nothing and a logger costs as much as
 * their routing.
 */
export function requestContext(app: Express, logger: Logger): RequestHandler {
  Object.defineProperty(app.request, 'log', {
    get(this: Request) {
      return logger.child({ request_id: this.id });
    },
  });
  const logsAnswers = logger.isLevelEnabled('debug');
  return (req, res, next) => {
    req.startedAtMs = performance.now();
    const given = req.headers['x-request-id'];
    req.id = typeof given === 'string' && ACCEPTABLE_ID.test(given) ? given : randomUUID();
    res.setHeader('x-request-id', req.id);
    if (logsAnswers) logAnswer(req, res);
    next();
  };
}

function logAnswer(req: Request, res: Response): void {
  // `originalUrl` and not `url`, because a router strips its mount path from `url`.
  const path = logPath(req.originalUrl);
  res.once('close', () => {
    const durationMs = Math.round(performance.now() - req.startedAtMs);
    req.log.debug({ method: req.method, path, status: res.statusCode, durationMs }, 'request');
  });
}

/** Redacts the secrets in paths: public addresses of Hook Helpers, and signed links. */
function logPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.replace(
    /^\/+(r|evidence|invitations|portal|password|sign_up|mails|dev\/sign_in)\/[^/]+/i,
    '/$1/[redacted]',
  );
}
