import type { RequestHandler, Response } from 'express';

/** How an answer goes wrong. With `afterwards` the work is done first, and only its answer is lost. */
export interface Fault {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** No answer at all until the caller gives up. */
  hang?: boolean;
  /** It goes wrong when this resolves, not at once. */
  after?: Promise<unknown>;
  /** The connection is cut. */
  reset?: boolean;
  /** 200 with what is not JSON. */
  garbage?: boolean;
  /** 200 with JSON of so many bytes. */
  flood?: number;
  afterwards?: boolean;
  /** How many requests it befalls, by default 1. */
  times?: number;
}

interface Planned {
  fault: Fault;
  left: number;
}

/** Faults that tests ask for, by the line of the route, like `PATCH /addons/:id/config`. */
export class Faults {
  readonly #planned = new Map<string, Planned[]>();

  plan(route: string, fault: Fault): void {
    this.#planned.set(route, [...(this.#planned.get(route) ?? []), { fault, left: fault.times ?? 1 }]);
  }

  clear(): void {
    this.#planned.clear();
  }

  /** In front of the route's own handler. */
  before(route: string): RequestHandler {
    return (req, res, next) => {
      const fault = this.#take(route);
      if (fault === undefined) next();
      else if (fault.after !== undefined)
        void fault.after.then(() => {
          spoil(res, fault);
        });
      else if (fault.afterwards !== true) spoil(res, fault);
      else {
        // The handler answers into the void; the fault goes out in its place.
        const { json } = res;
        res.json = () => {
          res.json = json;
          spoil(res, fault);
          return res;
        };
        next();
      }
    };
  }

  #take(route: string): Fault | undefined {
    const planned = this.#planned.get(route)?.find(({ left }) => left > 0);
    if (planned !== undefined) planned.left -= 1;
    return planned?.fault;
  }
}

function spoil(res: Response, fault: Fault): void {
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
