// What a word is. Blocks and queries must split text in the same way, or a search would miss rows.

/** These scripts write words without spaces, so each character counts as a word. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const WORDS = new RegExp(String.raw`[${UNSPACED}]|[[\p{L}\p{N}\p{M}]--[${UNSPACED}]]+`, 'gv');
const REST_OF_WORD = new RegExp(String.raw`[[\p{L}\p{N}\p{M}]--[${UNSPACED}]]*`, 'vy');
const JOINS = new RegExp(String.raw`^[[\p{L}\p{N}\p{M}]--[${UNSPACED}]]{2}$`, 'v');

/** Runs of letters and digits. `text` must be case-folded. */
export function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/** Whether two neighbouring characters belong to one word. */
export function isOneWord(left: string, right: string): boolean {
  const [one, two] = [left.charCodeAt(0), right.charCodeAt(0)];
  // The fast path: nearly all payloads are ASCII.
  if (one < 128 && two < 128) return IN_WORDS[one] === true && IN_WORDS[two] === true;
  return JOINS.test(left + right);
}

/** Where the word ends within which `from` lies. */
export function restOfWord(text: string, from: number): number {
  REST_OF_WORD.lastIndex = from;
  REST_OF_WORD.test(text);
  return REST_OF_WORD.lastIndex;
}

/** By ASCII code. */
const IN_WORDS = Array.from({ length: 128 }, (_, code) => /[a-z0-9]/i.test(String.fromCharCode(code)));

/**
 * Letters outside ASCII whose lower case is ASCII. Their case is not folded, because PostgreSQL does not fold them
 * when it compares ASCII terms.
 */
const UNFOLDED = /[\u0130\u212a]/;
const FOLDED = /[^\u0130\u212a]+/g;

/** The text in lower case, by which upper and lower case are equal. */
export function foldCase(text: string): string {
  const lower = UNFOLDED.test(text) ? text.replace(FOLDED, (part) => part.toLowerCase()) : text.toLowerCase();
  // The lower case of sigma depends on what follows it.
  return lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower;
}

/**
 * The text with its JSON escapes decoded, because many JSON writers put `\u00e9` for é and `\/` for a slash. A text
 * that is not JSON is returned as it is.
 */
export function decodeJsonEscapes(text: string): string {
  return text.includes('\\') && /^\s*[[{"]/.test(text) ? text.replace(ESCAPE, unescaped) : text;
}

/** The text with `\u00e9` decoded, and every other escape as it is. */
export function decodeUnicodeEscapes(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** The escapes of JSON (RFC 8259, section 7): a `\u` with four digits stands for a letter, the others for one sign. */
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
const CONTROLS: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function unescaped(_: string, digits: string | undefined, letter: string): string {
  return digits === undefined
    ? (CONTROLS[letter] ?? letter)
    : String.fromCharCode(Number.parseInt(digits, 16));
}
