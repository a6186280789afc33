import type { Right } from '#src/domain/roles/roles.ts';
import type { Capability } from '#src/domain/subscriptions/portal-capabilities.ts';

export interface PageRoute {
  method: string;
  path: string;
  /** The right that guards it; undefined for pages that need no account. */
  right: Right | undefined;
  /** What a link to the portal must allow; undefined for other pages. */
  capability: Capability | undefined;
}

interface Guard {
  right?: Right;
  capability?: Capability;
}

interface Layer {
  route?: { path: string; methods: Record<string, boolean>; stack: { handle: Guard }[] };
  handle?: { stack?: Layer[] };
}

/** The routes of a router and of those that it uses, with the right that guards each. */
export function routesOf(router: unknown): PageRoute[] {
  return (router as { stack: Layer[] }).stack.flatMap(({ route, handle }) => {
    if (route === undefined) return handle?.stack === undefined ? [] : routesOf(handle);
    const { right, capability } = Object.assign(
      {},
      ...route.stack.map((layer) => ({ ...layer.handle })),
    ) as Guard;
    return Object.keys(route.methods).map((method) => ({ method, path: route.path, right, capability }));
  });
}
