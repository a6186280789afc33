import type { IRouter } from 'express';
import { write } from './answer.ts';
import { Call } from './call.ts';
import { MethodNotAllowed } from './errors.ts';
import type { Operation } from './operation.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One operation, and where it is. */
export interface DeclaredRoute {
  /** As Express writes it: `/apps/:app`. */
  path: string;
  method: Method;
  operation: Operation;
}

/** Where nouns register what they answer. */
export class Routes {
  /** All that there is, in the order in which it was declared. */
  readonly declared: DeclaredRoute[] = [];
  readonly #router: IRouter;
  readonly #origin: string;

  /** `origin` is public: what links in answers begin with. */
  constructor(router: IRouter, origin: string) {
    this.#router = router;
    this.#origin = origin;
  }

  /** Answers `path` with `operations`, and every other method with 405; so a path is declared once, with all it does. */
  at(path: string, operations: Partial<Record<Method, Operation>>): void {
    const route = this.#router.route(path);
    for (const [name, operation] of Object.entries(operations)) {
      const method = name as Method;
      this.declared.push({ path, method, operation });
      route[method](async (req, res) => {
        write(res, await operation.answer(new Call(req, res, this.#origin)));
      });
    }
    const allowed = Object.keys(operations).map((method) => method.toUpperCase());
    route.all((req) => {
      throw new MethodNotAllowed(req.method, allowed);
    });
  }
}
