import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Cuts the connection of a request whose body has not arrived after `withinMs`, unless {@link mayTakeLong} was said. */
export function limitArrival(withinMs: number): RequestHandler {
  return (req, _res, next) => {
    if (announcesBody(req)) {
      const timer = setTimeout(() => req.destroy(), withinMs).unref();
      timers.set(req, timer);
      const clear = () => {
        clearTimeout(timer);
      };
      req.once('end', clear).once('close', clear);
    }
    next();
  };
}

/** This request's body is read while it comes, however long that takes. */
export function mayTakeLong(req: IncomingMessage): void {
  clearTimeout(timers.get(req));
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
