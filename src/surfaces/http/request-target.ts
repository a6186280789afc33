import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { FIXED_LIMITS } from '#src/domain/plans/fixed-limits.ts';

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

/**
 * Answers 414 to an address longer than Heroku's router passes on, before Express, whose parts each parse it again.
 * Returns whether it did.
 */
export function refuseLongTarget({ url = '' }: IncomingMessage, res: ServerResponse): boolean {
  const { code, max, shown, status } = FIXED_LIMITS.addressBytes;
  if (url.length <= max) return false;
  const message = `The address is longer than ${shown}. Send less in the query.`;
  res
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': randomUUID(),
      // So that scripts of other origins can read it, as all answers of the API.
      'access-control-allow-origin': '*',
    })
    .end(JSON.stringify({ error: message, message, code }));
  return true;
}

/** Of all addresses together. */
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/**
 * Answers `OPTIONS *`, which asks about the server as a whole (RFC 9110, section 9.3.7), and 400 to any other target
 * that is no path (RFC 9112, section 3.2), because routers expect one.
 */
export const answerTargetsWithoutPath: RequestHandler = (req, res, next) => {
  if (req.url.startsWith('/')) next();
  else if (req.url === '*' && req.method === 'OPTIONS') res.writeHead(204, { allow: METHODS }).end();
  else res.status(400).type('text').send('The request target must be a path.\n');
};
