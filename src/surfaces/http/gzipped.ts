import type { RequestHandler } from 'express';
import { constants, gzipSync } from 'node:zlib';

/**
 * Sends a long page compressed. Only for pages that hold no secret beside what a request can put into them: of such a
 * one the length would tell what the secret is.
 */
export const gzipped: RequestHandler = (req, res, next) => {
  res.vary('accept-encoding');
  if (req.acceptsEncodings(['gzip', 'identity']) === 'gzip') {
    const send = res.send.bind(res);
    res.send = (html: string) => {
      res.set('content-encoding', 'gzip');
      return send(gzipSync(html, { level: constants.Z_BEST_SPEED }));
    };
  }
  next();
};
