/** Characters of a payload on a page; a link leads to the whole payload. */
const SHOWN_CHARACTERS = 12_000;

/** A body as a view shows it: the first characters, and whether to highlight them as JSON. */
export interface Payload {
  text: string;
  characters: number;
  isCut: boolean;
  isJson: boolean;
  /** Size of a binary body; undefined for text. */
  bytes?: number;
}

export function payloadOf(body: string | Buffer): Payload {
  return typeof body === 'string'
    ? payloadOfText(body)
    : { text: '', characters: 0, isCut: false, isJson: false, bytes: body.length };
}

function payloadOfText(text: string): Payload {
  return {
    text: text.slice(0, SHOWN_CHARACTERS),
    characters: text.length,
    isCut: text.length > SHOWN_CHARACTERS,
    isJson: looksLikeJson(text),
  };
}

function looksLikeJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
