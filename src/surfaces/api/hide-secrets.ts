/** API keys and signing secrets, wherever somebody has put one. */
const SECRETS = /\b(hh|whsec)_[A-Za-z0-9_\-+/=]{8,}/g;
const HIDDEN = '…';
const KEPT_CHARACTERS = 1000;
/** Ids are shorter, tokens are longer. */
const LONGEST_ID = 40;

export const hideSecrets = (text: string): string => text.replaceAll(SECRETS, `$1_${HIDDEN}`);

/** An error of JSON without the piece of the body that it quotes. */
export const withoutSnippet = (message: string): string =>
  message.replace(/(The body is not JSON: [^"]*)".*"/s, `$1"${HIDDEN}"`);

/**
 * The path and query of a request. Values are shown of `parameters`, which the operation takes, because anything may
 * stand in another; and an address that no operation has (undefined) may hold a token in place of an id.
 */
export function shownAddress(url: string, parameters: string[] | undefined): string {
  const [path = '', query] = url.split('?', 2);
  const shown = query === undefined || query === '' ? '' : `?${shownQuery(query, parameters ?? [])}`;
  return hideSecrets((parameters === undefined ? shownPath(path) : path) + shown).slice(0, KEPT_CHARACTERS);
}

const shownPath = (path: string) =>
  path
    .split('/')
    .map((part) => (part.length > LONGEST_ID ? HIDDEN : part))
    .join('/');

const shownQuery = (query: string, known: string[]) =>
  query
    .split('&')
    .map((pair) => {
      const [name = '', value] = pair.split('=', 2);
      return value === undefined || value === '' || known.includes(name) ? pair : `${name}=${HIDDEN}`;
    })
    .join('&');
