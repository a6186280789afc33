import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const TIMER = Symbol('timer of the arrival');
type Timed = IncomingMessage & { [TIMER]?: NodeJS.Timeout };

/** Destroys a request's connection when its body takes longer than `withinMs`, unless {@link mayTakeLong} is called. */
export function limitArrival(withinMs: number): RequestHandler {
  return (req, _res, next) => {
    if (announcesBody(req)) {
      const timer = setTimeout(() => req.destroy(), withinMs).unref();
      (req as Timed)[TIMER] = timer;
      const clear = () => {
        clearTimeout(timer);
      };
      req.once('end', clear).once('close', clear);
    }
    next();
  };
}

/** Lifts the limit for this request, because its body is a stream without a bound on its duration. */
export function mayTakeLong(req: IncomingMessage): void {
  clearTimeout((req as Timed)[TIMER]);
}

/** Whether a body follows the headers (RFC 9112, section 6.3). */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
