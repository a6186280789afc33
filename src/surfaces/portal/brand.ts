import type { Router } from 'express';
import { portalOf } from '#src/domain/apps/portal-settings.ts';
import type { App } from '#src/domain/apps/app.ts';
import type { Container } from '#src/container.ts';
import { accentShades } from '#src/infra/lib/accent-shades.ts';
import { PortalRoutes } from './portal-routes.ts';

const DAY_SECONDS = 86_400;

/** The provider's colour as a style sheet, because the pages allow no style inside of them. */
export function brandPages(container: Pick<Container, 'apps' | 'portalLinks'>): Router {
  const pages = new PortalRoutes(container);

  pages.get('view', '/:subscription/brand.css', ({ app, res }) => {
    const { accent } = portalOf(app);
    res
      .set('cache-control', `private, max-age=${String(DAY_SECONDS)}`)
      .type('css')
      .send(accent === null ? '' : sheetOf(accent));
  });

  return pages.router;
}

/** What the pages say of the provider. `home`: the address of the portal. */
export function brandOf(app: App, home: string) {
  const { name, logo_url: logoUrl, accent, strings } = portalOf(app);
  return {
    name: name ?? app.name,
    logoUrl,
    // The colour in its address makes a browser forget the one of before.
    sheet: accent === null ? null : `${home}/brand.css?v=${accent.slice(1)}`,
    strings,
  };
}

/** Outside of the layers, whose tokens it replaces. */
function sheetOf(accent: string): string {
  const { fill, fillStrong, onFill, ink, soft } = accentShades(accent);
  return `:root {
  --accent: ${fill};
  --accent-strong: ${fillStrong};
  --on-accent: ${onFill};
  --accent-ink: light-dark(${ink.light}, ${ink.dark});
  --accent-soft: light-dark(${soft.light}, ${soft.dark});
}
`;
}
