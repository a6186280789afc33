import type { Response } from 'express';
import type { Container } from '#src/container.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';

export type PortalParts = Pick<Container, 'portalLinks'>;

const LIFETIME_SECONDS = 12 * 60 * 60;

/** Leads into the portal by a link of its own, which opens once and so is worth nothing in a history. */
export function openPortal(
  { portalLinks }: PortalParts,
  res: Response,
  {
    subscription,
    email,
  }: { subscription: Pick<Subscription, 'accountId' | 'id' | 'portalEpoch'>; email: string },
): void {
  const link = { expiresInSeconds: LIFETIME_SECONDS, singleUse: true, email };
  res.redirect(303, new URL(portalLinks.make(subscription, link).url).pathname);
}
