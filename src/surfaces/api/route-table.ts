import type { IRouter, Request, RequestHandler, Response } from 'express';
import type { IdempotentRequests } from '#src/domain/idempotency/idempotent-requests.ts';
import { TooManyRequests } from '#src/infra/lib/errors.ts';
import type { ArrivalBudget } from '#src/surfaces/http/arrival-budget.ts';
import { write } from './answer.ts';
import { callerOf } from './authentication.ts';
import { answerOptions } from './cors.ts';
import { Call } from './call.ts';
import { MethodNotAllowed } from './errors.ts';
import { withIdempotency } from './with-idempotency.ts';
import { type Operation, parameterNamesOf, scopeOf } from './operation.ts';
import { longForm, shortForm } from './subscription-forms.ts';
import { noteOperation } from './request-notes.ts';
import { requireScopes } from './require-scopes.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One operation with its path and method. */
export interface DeclaredRoute {
  /** As Express writes it: `/apps/:app`. */
  path: string;
  method: Method;
  operation: Operation;
}

type Operations = Partial<Record<Method, Operation>>;

interface Surroundings {
  /** Public origin, like `https://hooks.example.com`: links in answers begin with it. */
  origin: string;
  idempotentRequests: IdempotentRequests;
  arrivals: Pick<ArrivalBudget, 'admitsAnswer'>;
}

interface Answering extends DeclaredRoute {
  answer: (req: Request, res: Response) => Promise<void>;
}

/** One operation with the handler that checks the key's scopes and answers. */
interface HandledRoute extends DeclaredRoute {
  handle: RequestHandler;
}

/** The declared operations by path and method. Express routes and the API's description are made of it. */
export class RouteTable {
  /** Every operation, in the order of declaration. */
  readonly declared: HandledRoute[] = [];
  readonly #router: IRouter;
  readonly #surroundings: Surroundings;

  constructor(router: IRouter, surroundings: Surroundings) {
    this.#router = router;
    this.#surroundings = surroundings;
  }

  /** Answers `path` with `operations` and other methods with 405, so a path is declared once with all its methods. */
  at(path: string, operations: Operations): void {
    const { arrivals, idempotentRequests, origin } = this.#surroundings;
    const answering = Object.entries(operations).map(([name, given]): Answering => {
      const method = name as Method;
      const operation = method === 'post' ? withIdempotency(idempotentRequests, given) : given;
      const answer = async (req: Request, res: Response) => {
        const answered = await operation.answer(new Call(req, res, origin));
        if (
          method === 'get' &&
          !arrivals.admitsAnswer(req, answered.bytes?.length ?? answered.text?.length ?? 0)
        )
          throw tooMuchUnread();
        write(res, answered);
      };
      return { path, method, operation, answer };
    });
    this.#register(path, answering);
  }

  /** The route of the operation with this id. Throws where there is none. */
  named(id: string): HandledRoute {
    const found = this.declared.find(({ operation }) => operation.id === id);
    if (found === undefined) throw new Error(`There is no operation ${id}`);
    return found;
  }

  /**
   * Answers a path below a subscription without its app and with it. The short form takes an id, or a uid that one app
   * alone uses; the long form takes any. `inApp`: what only the long form answers.
   */
  ofSubscription(below: string, operations: Operations, inApp: Operations = {}): void {
    const path = `/subscriptions/:subscription${below}`;
    this.at(path, mapValues(operations, shortForm));
    this.at(`/apps/:app${path}`, { ...mapValues(operations, longForm), ...inApp });
  }

  /** Answers GET of `path` with a stream that `send` writes. */
  stream(path: string, operation: Operation, send: (req: Request, res: Response) => Promise<void>): void {
    this.#register(path, [{ path, method: 'get', operation, answer: send }]);
  }

  /** The one place that checks a key's scopes, before anything else of the request is read. */
  #register(path: string, answering: Answering[]): void {
    const route = this.#router.route(path);
    for (const { answer, ...declared } of answering) {
      const { method, operation } = declared;
      const scope = scopeOf(operation);
      const noted = {
        id: operation.id,
        isMessage: operation.right === 'send',
        parameters: parameterNamesOf(operation),
      };
      const handle = (req: Request, res: Response) => {
        noteOperation(res, noted);
        if (scope !== null) requireScopes(callerOf(res), scope);
        return answer(req, res);
      };
      this.declared.push({ ...declared, handle });
      route[method](handle);
    }
    // Express answers HEAD where GET is.
    const allowed = answering.flatMap(({ method }) =>
      method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase(),
    );
    route.all((req, res) => {
      if (req.method !== 'OPTIONS') throw new MethodNotAllowed(req.method, allowed);
      answerOptions(res, allowed);
    });
  }
}

function mapValues(operations: Operations, change: (operation: Operation) => Operation): Operations {
  return Object.fromEntries(Object.entries(operations).map(([method, one]) => [method, change(one)]));
}

const tooMuchUnread = () =>
  new TooManyRequests('Earlier answers are still being read. Read them, then ask again.', {
    code: 'too_many_bytes',
    retryAfterSeconds: 2,
  });
