import type { IncomingMessage } from 'node:http';

/**
 * Tells the address that a request came from. Behind Heroku's router that is the last one in X-Forwarded-For, which the
 * router appends; those before it are the client's claims.
 */
export const clientAddress =
  ({ isBehindProxy }: { isBehindProxy: boolean }) =>
  ({ headers, socket }: IncomingMessage): string => {
    const forwarded = isBehindProxy ? headers['x-forwarded-for'] : undefined;
    const last = typeof forwarded === 'string' ? forwarded.slice(forwarded.lastIndexOf(',') + 1).trim() : '';
    return last === '' ? (socket.remoteAddress ?? '') : last;
  };
