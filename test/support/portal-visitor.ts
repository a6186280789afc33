import type { NewPortalLink } from '#src/domain/subscriptions/portal-links.ts';
import type { Subscription } from '#src/domain/subscriptions/subscription.ts';
import { CookieBrowser } from './cookie-browser.ts';
import type { TestServer } from './server.ts';

/** A browser that followed a link to the portal of `subscription`. */
export async function portalVisitor(
  server: TestServer,
  subscription: Subscription,
  link: Partial<NewPortalLink> = {},
): Promise<CookieBrowser> {
  const browser = new CookieBrowser(server);
  await browser.get(portalPath(server, subscription, link));
  return browser;
}

/** The path of a link to the portal of `subscription`, with its token. */
export function portalPath(
  { container, url: origin }: TestServer,
  subscription: Subscription,
  link: Partial<NewPortalLink> = {},
): string {
  const { url } = container.portalLinks.make(subscription, { expiresInSeconds: 3600, ...link });
  return url.replace(origin, '');
}
