/** Pages that no id in their address says the account of. */
const ABOUT_AN_ACCOUNT =
  /^\/(?:dashboard|apps|apps\/new|logs|hook_helpers|getting_started|settings(?:\/.*)?|docs|sign_in|sign_out)$/;

/**
 * A path of ours that says which add-on it is about. Whatever an address is made for goes through here: pages whose
 * id says it already, and other sites', stay as they are.
 */
export function addonPath(path: string, addon: string | undefined): string {
  const url = ourUrl(path);
  if (addon === undefined || url === null || !ABOUT_AN_ACCOUNT.test(url.pathname)) return path;
  return withAddon(path, addon);
}

/** Any path of ours, about this add-on and no other. */
export function withAddon(path: string, addon: string): string {
  const url = ourUrl(path);
  if (url === null) return path;
  url.searchParams.set('addon', addon);
  return `${url.pathname}${url.search}${url.hash}`;
}

/** The add-on that a path of ours is about, if it says so. */
export function addonOf(path: string): string | null {
  return ourUrl(path)?.searchParams.get('addon') ?? null;
}

const ORIGIN = 'http://localhost';

function ourUrl(path: string): URL | null {
  const url = path.startsWith('/') && URL.canParse(path, ORIGIN) ? new URL(path, ORIGIN) : null;
  // Two slashes may be left of dots that were resolved: that would be another site's.
  return url?.origin === ORIGIN && !url.pathname.startsWith('//') ? url : null;
}
