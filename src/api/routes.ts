import type { IRouter } from 'express';
import { type Answer, write } from './answer.ts';
import { Call } from './call.ts';
import { MethodNotAllowed } from './errors.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Handler = (call: Call) => Promise<Answer>;

/** Where nouns register what they answer. */
export class Routes {
  readonly #router: IRouter;
  readonly #origin: string;

  /** `origin` is public: what links in answers begin with. */
  constructor(router: IRouter, origin: string) {
    this.#router = router;
    this.#origin = origin;
  }

  /** Answers `path` with `handlers`, and every other method with 405; so a path is declared once, with all it does. */
  at(path: string, handlers: Partial<Record<Method, Handler>>): void {
    const route = this.#router.route(path);
    for (const [method, handler] of Object.entries(handlers)) {
      route[method as Method](async (req, res) => {
        write(res, await handler(new Call(req, res, this.#origin)));
      });
    }
    const allowed = Object.keys(handlers).map((method) => method.toUpperCase());
    route.all((req) => {
      throw new MethodNotAllowed(req.method, allowed);
    });
  }
}
