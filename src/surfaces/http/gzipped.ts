import type { RequestHandler } from 'express';
import { gzipSync } from 'node:zlib';

/**
 * Compresses a long page. Never use it for pages that hold a secret beside text from the request, because the
 * compressed length reveals the secret (BREACH).
 */
export const gzipped: RequestHandler = (req, res, next) => {
  res.vary('accept-encoding');
  if (req.acceptsEncodings(['gzip', 'identity']) === 'gzip') {
    const send = res.send.bind(res);
    res.send = (html: string) => {
      res.set('content-encoding', 'gzip');
      return send(gzipSync(html));
    };
  }
  next();
};
