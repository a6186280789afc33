import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/**
 * Makes a target in absolute form a path, and its authority the host, as RFC 9112, section 3.2.2, asks of servers.
 * Before Express, because Express keeps the target that it got.
 */
export function toOriginForm(req: IncomingMessage): void {
  const { url = '' } = req;
  const [prefix, host] = ABSOLUTE.exec(url) ?? [];
  if (prefix === undefined || host === undefined) return;
  const rest = url.slice(prefix.length);
  req.url = rest.startsWith('/') ? rest : `/${rest}`;
  req.headers.host = host;
}

/** Answers 400 to a target without a path, like `OPTIONS *` (RFC 9112, section 3.2), because routers expect a path. */
export const refuseStrangeTargets: RequestHandler = (req, res, next) => {
  if (req.url.startsWith('/')) next();
  else res.status(400).type('text').send('The request target must be a path.\n');
};
