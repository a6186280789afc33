import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import type { DeclaredRoute } from './route-table.ts';

interface Shortcut extends Pick<DeclaredRoute, 'method' | 'path'> {
  /** Where the API is mounted: `/api/v1`. */
  mountedAt: string;
  /** What the routers would run for it, in order; the last one answers. */
  steps: RequestHandler[];
  onError: ErrorRequestHandler;
}

/**
 * Runs the steps of one route past the routers, which would try one layer after another: that costs more than the
 * steps. An address in another spelling (a slash at its end, an escape) goes the usual way.
 */
export function shortcut({ method, path, mountedAt, steps, onError }: Shortcut): RequestHandler {
  const wantedMethod = method.toUpperCase();
  const wantedPath = patternOf(mountedAt + path);
  return (req, res, next) => {
    const found = req.method === wantedMethod ? wantedPath.exec(req.url) : null;
    if (found === null) {
      next();
      return;
    }
    // As Express leaves a request that it has routed.
    req.params = { ...found.groups };
    req.baseUrl = mountedAt;
    req.url = req.url.slice(mountedAt.length);
    run(steps, { req, res, fail: (error) => void onError(error, req, res, next) });
  };
}

/** @param path as Express writes it */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[\\w.-]+)')}(?:\\?|$)`);
}

interface Running {
  req: Request;
  res: Response;
  fail: (error: unknown) => void;
}

/** Runs each step when the one before it calls `next`; ends at the first error. */
function run(steps: RequestHandler[], { req, res, fail }: Running): void {
  let at = 0;
  const next = (error?: unknown): void => {
    const step = steps[at];
    at += 1;
    if (error !== undefined || step === undefined) {
      fail(error);
      return;
    }
    try {
      const ending: unknown = step(req, res, next as NextFunction);
      if (ending instanceof Promise) ending.catch(fail);
    } catch (thrown) {
      fail(thrown);
    }
  };
  next();
}
