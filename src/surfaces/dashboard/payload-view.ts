/** A page stays small: the rest of a payload is one click away. */
const SHOWN_CHARACTERS = 12_000;

/** A body as a view shows it: the first part, and whether it may be highlighted as JSON. */
export interface Payload {
  text: string;
  characters: number;
  isCut: boolean;
  isJson: boolean;
  /** Of what is no text: how much there is of it. */
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
