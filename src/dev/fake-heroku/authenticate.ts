import type { Request, RequestHandler } from 'express';
import { addOnsAttachedTo, attachmentsOf, findAddOn, findApp } from './find.ts';
import type { Platform } from './platform.ts';
import { forbidden, notFound, Refusal } from './refusal.ts';
import type { AddOn, App, Team, World } from './world.ts';

const RATE_LIMIT = 4500;

/** Refuses requests whose `Accept` does not name version 3 of the API. */
export const requireVersion: RequestHandler = (req, _res, next) => {
  if (/^application\/vnd\.heroku\+json;\s*version=3\b/.test(req.get('accept') ?? '')) {
    next();
    return;
  }
  throw new Refusal(
    406,
    'not_acceptable',
    'Request not acceptable: the Accept header must be application/vnd.heroku+json; version=3.',
  );
};

/** Sets `RateLimit-Remaining`, which counts down for each token and never refuses. */
export function countRequests(): RequestHandler {
  const counts = new Map<string, number>();
  return (req, res, next) => {
    const token = bearerOf(req);
    const count = (counts.get(token) ?? 0) + 1;
    counts.set(token, count);
    res.set('RateLimit-Remaining', String(Math.max(0, RATE_LIMIT - count)));
    next();
  };
}

/** The add-on of the request's token. Throws Refusal for a token that is unknown or has expired. */
export async function authenticate(
  platform: Platform,
  req: Request,
): Promise<{ world: World; addOn: AddOn }> {
  const world = await platform.read();
  const token = bearerOf(req);
  const authorization = world.authorizations.find(({ accessToken }) => accessToken === token);
  const isLive = authorization !== undefined && authorization.expiresAtMs > platform.clock.now();
  const addOn = isLive ? findAddOn(world, authorization.addOnId) : undefined;
  if (addOn === undefined) throw new Refusal(401, 'unauthorized', 'Invalid credentials provided.');
  return { world, addOn };
}

/** The add-on in the path. Throws Refusal unless the add-on is the token's own. */
export async function authenticateForAddOn(platform: Platform, req: Request) {
  const { world, addOn } = await authenticate(platform, req);
  const asked = findAddOn(world, paramOf(req));
  if (asked === undefined) throw notFound('add-on');
  if (asked.uuid !== addOn.uuid) throw forbidden(`add-on ${asked.name}`);
  return { world, addOn };
}

/** The app in the path. Throws Refusal unless the token's add-on is attached to the app. */
export async function authenticateForApp(
  platform: Platform,
  req: Request,
): Promise<{ world: World; app: App }> {
  const { world, addOn } = await authenticate(platform, req);
  const app = findApp(world, paramOf(req));
  if (app === undefined) throw notFound('app');
  if (!addOnsAttachedTo(world, app).some(({ uuid }) => uuid === addOn.uuid))
    throw forbidden(`app ${app.name}`);
  return { world, app };
}

/** The team in the path. Throws Refusal unless the team owns an app that the token's add-on is attached to. */
export async function authenticateForTeam(platform: Platform, req: Request): Promise<{ team: Team }> {
  const { world, addOn } = await authenticate(platform, req);
  const team = world.teams.find(({ id, name }) => [id, name].includes(paramOf(req)));
  if (team === undefined) throw notFound('team');
  const apps = attachmentsOf(world, addOn).map(({ appId }) => findApp(world, appId));
  if (!apps.some((app) => app?.teamId === team.id)) throw forbidden(`team ${team.name}`);
  return { team };
}

function bearerOf(req: Request): string {
  return /^Bearer (\S+)$/.exec(req.get('authorization') ?? '')?.[1] ?? '';
}

function paramOf(req: Request): string {
  const { id } = req.params;
  return typeof id === 'string' ? id : '';
}
