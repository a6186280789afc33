import type { Request, Response } from 'express';
import { portalOf } from '#src/domain/apps/portal-settings.ts';
import type { App } from '#src/domain/apps/app.ts';

const POLICY = 'content-security-policy';

/** Whether the browser shows the page in a frame; one that does not say so counts as none. */
export const isFramed = (req: Request): boolean => req.get('sec-fetch-dest') === 'iframe';

/** Lets the app's origins frame the answer, and the page load the app's logo: nobody else, and nothing else. */
export function allowFraming(res: Response, app: App): void {
  const { frame_origins: origins, logo_url: logoUrl } = portalOf(app);
  const policy = String(res.getHeader(POLICY));
  const ancestors = origins.length === 0 ? "'none'" : origins.join(' ');
  const images = logoUrl === null ? '' : ` ${new URL(logoUrl).origin}`;
  res.set(
    POLICY,
    policy
      .replace("frame-ancestors 'none'", `frame-ancestors ${ancestors}`)
      .replace("img-src 'self' data:", `img-src 'self' data:${images}`),
  );
  // It knows no origins, and browsers that know `frame-ancestors` pass over it.
  if (origins.length > 0) res.removeHeader('x-frame-options');
}
