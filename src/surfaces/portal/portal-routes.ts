import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import { actingAs } from '#src/domain/audit/actor.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Apps } from '#src/domain/apps/apps.ts';
import { type Capability, CAPABILITY_WORDS } from '#src/domain/subscriptions/portal-capabilities.ts';
import type { PortalLinks, PortalVisit } from '#src/domain/subscriptions/portal-links.ts';
import { Forbidden, Unauthenticated } from '#src/infra/lib/errors.ts';
import { takesFields } from '#src/surfaces/html/form-fields.ts';
import { allowFraming } from './framing.ts';
import { sessionOf } from './session.ts';

/** The parameters of a path: `/:subscription/endpoints/:endpoint` has both. */
type Params<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & Params<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Record<Name, string>
    : Record<string, string>;

type OfSubscription = `/:subscription${'' | `/${string}`}`;

/** A request that the link allows. */
export interface Asked<P = Record<string, string>> {
  visit: PortalVisit;
  app: App;
  req: Request<P>;
  res: Response;
}

type Handler<Path extends string> = (asked: Asked<Params<Path>>) => void | Promise<void>;

/** What a form needs: a capability of the link, and the strict schema of its fields. */
interface FormAccess {
  capability: Capability;
  form: z.ZodType;
}

/** A handler that lets pass whose link has a capability. Tests read it off. */
export interface CapabilityGuard extends RequestHandler {
  capability: Capability;
}

interface Parts {
  apps: Pick<Apps, 'get'>;
  portalLinks: Pick<PortalLinks, 'admit'>;
}

/** Pages of one subscriber. Each names the capability that it needs, which is checked before it looks anything up. */
export class PortalRoutes {
  readonly router = Router();
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get<Path extends OfSubscription>(capability: Capability, path: Path, handler: Handler<Path>): void {
    this.router.get(path, this.#guarded(capability, handler));
  }

  post<Path extends OfSubscription>(
    { capability, form }: FormAccess,
    path: Path,
    handler: Handler<Path>,
  ): void {
    this.router.post(path, takesFields(form), this.#guarded(capability, handler));
  }

  #guarded<Path extends string>(capability: Capability, handler: Handler<Path>): CapabilityGuard {
    const guard: RequestHandler = async (req, res) => {
      const visit = await this.#visitOf(req);
      const { accountId, appId } = visit.subscription;
      const app = await this.#parts.apps.get(accountId, appId);
      // Before all else, so that a refusal is shown in the frame, too.
      allowFraming(res, app);
      if (!visit.capabilities.includes(capability)) throw new Forbidden(whyNot(capability));
      const actor = { type: 'portal', id: visit.subscription.id, email: visit.email ?? null } as const;
      await actingAs(actor, () => handler({ visit, app, req: req as unknown as Request<Params<Path>>, res }));
    };
    return Object.assign(guard, { capability });
  }

  /** Whose the session is, which scopes every look-up. Throws Unauthenticated without one of this subscriber. */
  async #visitOf(req: Request): Promise<PortalVisit> {
    const id = String(req.params['subscription']);
    const session = sessionOf(req, id);
    const visit = session === undefined ? null : await this.#parts.portalLinks.admit(session);
    if (visit?.subscription.id === id) return visit;
    throw visitHasEnded();
  }
}

const whyNot = (capability: Capability) =>
  `The link that you were given does not allow you to ${CAPABILITY_WORDS[capability]}. Ask for one that does.`;

export const visitHasEnded = () =>
  new Unauthenticated('Your visit has ended. Open the link that you were given again, or ask for a new one.');
