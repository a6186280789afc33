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
 * when a form that was refused, and so is shown there, is loaded again. To be used behind the routes of `router`, or
 * before them where a path with a parameter would take the address of a form for its own.
 */
export function backFromForms(router: Router): RequestHandler {
  let read: ReturnType<typeof addressesOf> | undefined;
  return (req, res, next) => {
    // Read at the first request, because the routes may be added after this.
    read ??= addressesOf(router);
    const { forms, pages } = read;
    const isForm = ['GET', 'HEAD'].includes(req.method) && fewest(forms, req.path) < fewest(pages, req.path);
    const page = isForm
      ? pathsAbove(req.path).find((path) => pages.some(({ pattern }) => pattern.test(path)))
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

interface Address {
  pattern: RegExp;
  parameters: number;
}

function addressesOf(router: Router): { forms: Address[]; pages: Address[] } {
  const routes = routesOf(router.stack as unknown as Layer[]);
  const having = (method: string) =>
    routes
      .filter(({ methods }) => methods[method] === true)
      .map(({ path }) => ({ pattern: asPattern(path), parameters: path.split(':').length - 1 }));
  return { forms: having('post'), pages: having('get') };
}

/** Parameters of the address that says most of a path; infinite where none is of it. */
const fewest = (addresses: Address[], path: string): number =>
  Math.min(...addresses.map(({ pattern, parameters }) => (pattern.test(path) ? parameters : Infinity)));

const routesOf = (stack: Layer[]): Route[] =>
  stack.flatMap(({ route, handle }) => (route === undefined ? routesOf(handle.stack ?? []) : [route]));

/** Paths have parameters and words, and no other patterns. */
const asPattern = (path: string) => new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}/?$`);

/** `/a/b/c`: `/a/b`, `/a`, `/`. */
function pathsAbove(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, parts.length - 1 - index).join('/')}`);
}
