import type { RequestHandler, Response } from 'express';

/** A fault of a route: a response with `status`, `headers` and `body`, 500 by default, or one of the other failures. */
export interface Fault {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** No response is sent, so the client times out. */
  hang?: boolean;
  /** The fault occurs when the promise resolves, so that a test can act while the request waits. */
  after?: Promise<unknown>;
  /** The connection is closed without a response. */
  reset?: boolean;
  /** 200 with a body that is not JSON. */
  garbage?: boolean;
  /** Bytes: 200 with a JSON body that is longer than this. */
  flood?: number;
  /** The handler runs first, and the fault replaces its response alone. */
  afterwards?: boolean;
  /** The number of requests with the fault; 1 by default. */
  times?: number;
}

interface Planned {
  fault: Fault;
  /** Requests that get the fault from now on. */
  left: number;
}

/** The faults that tests plan, by method and path of a route, such as `PATCH /addons/:id/config`. */
export class Faults {
  readonly #planned = new Map<string, Planned[]>();

  plan(route: string, fault: Fault): void {
    this.#planned.set(route, [...(this.#planned.get(route) ?? []), { fault, left: fault.times ?? 1 }]);
  }

  clear(): void {
    this.#planned.clear();
  }

  /** The middleware that goes before the route's handler and makes the planned faults. */
  before(route: string): RequestHandler {
    return (req, res, next) => {
      const fault = this.#next(route);
      if (fault === undefined) next();
      else if (fault.after !== undefined)
        void fault.after.then(() => {
          sendFault(res, fault);
        });
      else if (fault.afterwards !== true) sendFault(res, fault);
      else {
        // The handler's response is replaced by the fault.
        const { json } = res;
        res.json = () => {
          res.json = json;
          sendFault(res, fault);
          return res;
        };
        next();
      }
    };
  }

  #next(route: string): Fault | undefined {
    const planned = this.#planned.get(route)?.find(({ left }) => left > 0);
    if (planned !== undefined) planned.left -= 1;
    return planned?.fault;
  }
}

function sendFault(res: Response, fault: Fault): void {
  if (fault.hang === true) return;
  if (fault.reset === true) {
    res.req.socket.destroy();
  } else if (fault.garbage === true) {
    res.status(200).type('json').send('{"access_token": <html>');
  } else if (fault.flood !== undefined) {
    res
      .status(200)
      .type('json')
      .send(JSON.stringify({ flood: 'x'.repeat(fault.flood) }));
  } else {
    const { status = 500, headers = {}, body = bodyOf(status) } = fault;
    res.status(status).set(headers).json(body);
  }
}

function bodyOf(status: number) {
  if (status !== 429) return { id: 'internal_server_error', message: 'Internal server error.' };
  return {
    id: 'rate_limit',
    message: 'Your account reached the API rate limit\nPlease wait a few minutes before making new requests',
  };
}
