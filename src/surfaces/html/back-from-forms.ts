import type { RequestHandler, Router } from 'express';
import { tenantOf, withTenant } from './tenant-path.ts';

interface Route {
  path: string;
  methods: Record<string, boolean>;
}

/** A layer of a router: a route, or what is used by it. */
interface Layer {
  route?: Route;
  handle: { stack?: Layer[] };
}

/**
 * Leads from the address of a form that has no page to the nearest page above it. A browser asks for such an address
 * when a form that was refused, and so is shown there, is loaded again. To be used behind all routes of `router`.
 */
export function backFromForms(router: Router): RequestHandler {
  const routes = routesOf(router.stack as unknown as Layer[]);
  const matching = (method: string) =>
    routes.filter(({ methods }) => methods[method] === true).map(({ path }) => asPattern(path));
  const [forms, pages] = [matching('post'), matching('get')];
  return (req, res, next) => {
    const isForm = ['GET', 'HEAD'].includes(req.method) && forms.some((form) => form.test(req.path));
    const page = isForm
      ? pathsAbove(req.path).find((path) => pages.some((one) => one.test(path)))
      : undefined;
    if (page === undefined) {
      next();
      return;
    }
    const to = `${req.baseUrl}${page}`;
    const tenant = tenantOf(req.originalUrl);
    res.redirect(303, tenant === null ? to : withTenant(to, tenant));
  };
}

const routesOf = (stack: Layer[]): Route[] =>
  stack.flatMap(({ route, handle }) => (route === undefined ? routesOf(handle.stack ?? []) : [route]));

/** Paths have parameters and words, and no other patterns. */
const asPattern = (path: string) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`);

/** `/a/b/c`: `/a/b`, `/a`, `/`. */
function pathsAbove(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, parts.length - 1 - index).join('/')}`);
}
