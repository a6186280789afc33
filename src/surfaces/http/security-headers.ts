import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Nothing is loaded but from here, nothing inline runs, nobody frames us. */
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
    // In development we speak plain http on localhost, where a browser would remember the wish for a year.
    strictTransportSecurity: isHttpsOnly ? { maxAge: 31_536_000, includeSubDomains: true } : false,
  });
}
