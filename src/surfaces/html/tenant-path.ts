/** Pages whose path names no id, so that only `?addon=` says which account they show. */
const PAGES_WITHOUT_ID =
  /^\/(?:dashboard|find|apps|apps\/new|logs|requests(?:\/.*)?|hook_helpers|getting_started(?:\/send)?|settings(?:\/.*)?|docs|sign_in|sign_out)$/;

/**
 * The path with `?addon=` where the page needs it to find its account. Every link of ours passes through here. Paths
 * with an id and addresses of other sites come back unchanged.
 */
export function tenantPath(path: string, tenantId: string | undefined): string {
  const url = ourUrl(path);
  if (tenantId === undefined || url === null || !PAGES_WITHOUT_ID.test(url.pathname)) return path;
  return withTenant(path, tenantId);
}

/** Any path of ours with this tenant in `?addon=`, in place of the one it may have. */
export function withTenant(path: string, tenantId: string): string {
  const url = ourUrl(path);
  if (url === null) return path;
  url.searchParams.set('addon', tenantId);
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The tenant that `?addon=` of a path of ours names; null without one. */
export function tenantOf(path: string): string | null {
  return ourUrl(path)?.searchParams.get('addon') ?? null;
}

const ORIGIN = 'http://localhost';

function ourUrl(path: string): URL | null {
  const url = path.startsWith('/') && URL.canParse(path, ORIGIN) ? new URL(path, ORIGIN) : null;
  // Resolved dots may leave two slashes at the start, which a browser reads as another site's address.
  return url?.origin === ORIGIN && !url.pathname.startsWith('//') ? url : null;
}
