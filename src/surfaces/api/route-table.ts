import type { IRouter, Request, Response } from 'express';
import type { IdempotentRequests } from '#src/domain/idempotency/idempotent-requests.ts';
import { write } from './answer.ts';
import { callerOf } from './authentication.ts';
import { Call } from './call.ts';
import { MethodNotAllowed } from './errors.ts';
import { withIdempotency } from './with-idempotency.ts';
import { type Operation, scopeOf } from './operation.ts';
import { requireScopes } from './require-scopes.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One operation, and where it is. */
export interface DeclaredRoute {
  /** As Express writes it: `/apps/:app`. */
  path: string;
  method: Method;
  operation: Operation;
}

interface Surroundings {
  /** Public: what links in answers begin with. */
  origin: string;
  idempotentRequests: IdempotentRequests;
}

interface Answering extends DeclaredRoute {
  answer: (req: Request, res: Response) => Promise<void>;
}

/** Where nouns register what they answer. */
export class RouteTable {
  /** All that there is, in the order in which it was declared. */
  readonly declared: DeclaredRoute[] = [];
  readonly #router: IRouter;
  readonly #surroundings: Surroundings;

  constructor(router: IRouter, surroundings: Surroundings) {
    this.#router = router;
    this.#surroundings = surroundings;
  }

  /** Answers `path` with `operations`, and every other method with 405; so a path is declared once, with all it does. */
  at(path: string, operations: Partial<Record<Method, Operation>>): void {
    const { idempotentRequests, origin } = this.#surroundings;
    const answering = Object.entries(operations).map(([name, given]): Answering => {
      const method = name as Method;
      const operation = method === 'post' ? withIdempotency(idempotentRequests, given) : given;
      const answer = async (req: Request, res: Response) => {
        write(res, await operation.answer(new Call(req, res, origin)));
      };
      return { path, method, operation, answer };
    });
    this.#register(path, answering);
  }

  /** Answers GET of `path` by a stream that `send` writes. */
  stream(path: string, operation: Operation, send: (req: Request, res: Response) => Promise<void>): void {
    this.#register(path, [{ path, method: 'get', operation, answer: send }]);
  }

  /** The one place where a key's scopes are asked for: before anything of the request is looked at. */
  #register(path: string, answering: Answering[]): void {
    const route = this.#router.route(path);
    for (const { answer, ...declared } of answering) {
      const { method, operation } = declared;
      const scope = scopeOf(declared);
      this.declared.push(declared);
      route[method]((req, res) => {
        if (operation.isPublic !== true) requireScopes(callerOf(res), scope);
        return answer(req, res);
      });
    }
    const allowed = answering.map(({ method }) => method.toUpperCase());
    route.all((req) => {
      throw new MethodNotAllowed(req.method, allowed);
    });
  }
}
