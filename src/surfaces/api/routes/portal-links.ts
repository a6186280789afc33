import type { Container } from '#src/container.ts';
import { created, noContent } from '#src/surfaces/api/answer.ts';
import { json } from '#src/surfaces/api/body.ts';
import type { Find } from '#src/surfaces/api/find.ts';
import { nothing, operation } from '#src/surfaces/api/operation.ts';
import { portalLinkShape, presentPortalLink } from '#src/surfaces/api/presenters/portal-link.ts';
import type { RouteTable } from '#src/surfaces/api/route-table.ts';
import { newPortalLink } from '#src/surfaces/api/schemas/portal-links.ts';

/** Links to the portal, in which subscribers look after their endpoints. */
export function portalLinkRoutes(
  routes: RouteTable,
  { portalLinks }: Pick<Container, 'portalLinks'>,
  find: Find,
): void {
  routes.ofSubscription('/portal_links', {
    post: operation({
      id: 'createPortalLink',
      right: 'edit',
      summary: 'Make a link to the portal of a subscriber',
      description: 'Lead your customer there, from a page of yours where they are signed in.',
      body: json(newPortalLink),
      answers: { 201: portalLinkShape },
      handle: async (call, { body }) =>
        created(presentPortalLink(await portalLinks.issue(await find.subscription(call), body))),
    }),
    delete: operation({
      id: 'endPortalLinks',
      right: 'edit',
      summary: 'End all links to the portal of a subscriber',
      description:
        'And the visits that they opened. Links that are made afterwards are good. Who was invited can open the portal again, until the invitation is deleted.',
      answers: { 204: nothing },
      handle: async (call) => {
        await portalLinks.endAll(await find.subscription(call));
        return noContent();
      },
    }),
  });
}
