import { type RequestHandler, Router } from 'express';
import type { z } from 'zod';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { hasRight, type Right, type Role, whyRefused } from '#src/domain/roles/roles.ts';
import { Forbidden } from '#src/infra/lib/errors.ts';
import { currentVisit } from '#src/surfaces/dashboard/frame/session.ts';

/** The parameters of a path: `/apps/:app` has `app`. */
type Params<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & Params<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Record<Name, string>
    : Record<string, string>;

/** A handler that lets pass whoever has a right. Tests read the right off it. */
export interface RightGuard extends RequestHandler {
  right: Right;
}

/** What a form needs: a right, and the strict schema of its fields. Others are refused before the handler runs. */
interface FormAccess {
  right: Right;
  form: z.ZodType;
}

/** Pages of an account. Each names the right that it needs, which is checked before the page looks anything up. */
export class PageRoutes {
  readonly router = Router();

  get<Path extends string>(right: Right, path: Path, handler: RequestHandler<Params<Path>>): void {
    this.router.get(path, guard(right), handler as RequestHandler);
  }

  post<Path extends string>(
    { right, form }: FormAccess,
    path: Path,
    handler: RequestHandler<Params<Path>>,
  ): void {
    this.router.post(path, guard(right), takesFields(form), handler as RequestHandler);
  }
}

/** Throws Forbidden with what to do unless the role has the right. */
export function requireRight({ role }: { role: Role }, right: Right): void {
  if (!hasRight(role, right)) throw new Forbidden(whyRefused(role, right));
}

function guard(right: Right): RightGuard {
  const handler: RequestHandler = (req, _res, next) => {
    requireRight(currentVisit(req), right);
    next();
  };
  return Object.assign(handler, { right });
}
