import type { Right } from '#src/domain/roles/roles.ts';

export interface PageRoute {
  method: string;
  path: string;
  /** The right that guards it; undefined for pages that need no account. */
  right: Right | undefined;
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean>; stack: { handle: { right?: Right } }[] };
  handle?: { stack?: Layer[] };
}

/** The routes of a router and of those that it uses, with the right that guards each. */
export function routesOf(router: unknown): PageRoute[] {
  return (router as { stack: Layer[] }).stack.flatMap(({ route, handle }) => {
    if (route === undefined) return handle?.stack === undefined ? [] : routesOf(handle);
    const right = route.stack.map((layer) => layer.handle.right).find((one) => one !== undefined);
    return Object.keys(route.methods).map((method) => ({ method, path: route.path, right }));
  });
}
