import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Pages load resources from this origin only, run no inline scripts and cannot be framed. */
export function securityHeaders({ isHttpsOnly }: { isHttpsOnly: boolean }): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'same-origin' },
    // Development serves plain http on localhost, where a browser would enforce HTTPS for a year.
    strictTransportSecurity: isHttpsOnly ? { maxAge: 31_536_000, includeSubDomains: true } : false,
  });
}
