// What a word is, for what is searched and for what is asked: both must say the same.

/** In these, words are not set apart: each character counts as a word. */
const ALONE = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const WORDS = new RegExp(String.raw`[${ALONE}]|[[\p{L}\p{N}\p{M}]--[${ALONE}]]+`, 'gv');
const JOINS = new RegExp(String.raw`^[[\p{L}\p{N}\p{M}]--[${ALONE}]]{2}$`, 'v');

/** A word is a run of letters and digits. `text` must be folded. */
export function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/** Whether two characters that stand side by side belong to one word. */
export function isOneWord(left: string, right: string): boolean {
  const [one, two] = [left.charCodeAt(0), right.charCodeAt(0)];
  // Asked for each letter of payloads, which are ASCII nearly always.
  if (one < 128 && two < 128) return IN_WORDS[one] === true && IN_WORDS[two] === true;
  return JOINS.test(left + right);
}

/** Of ASCII, by code. */
const IN_WORDS = Array.from({ length: 128 }, (_, code) => /[a-z0-9]/i.test(String.fromCharCode(code)));

/** The letters whose lower case is ASCII, though they are not: PostgreSQL looks for ASCII before we look at all. */
const KEPT = /[\u0130\u212a]/;
const NOT_KEPT = /[^\u0130\u212a]+/g;

/** Upper and lower case are the same. */
export function fold(text: string): string {
  const lower = KEPT.test(text) ? text.replace(NOT_KEPT, (part) => part.toLowerCase()) : text.toLowerCase();
  // Which sigma is written depends on what follows.
  return lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower;
}

/**
 * A text as it is read: many JSON writers put `\u00e9` for é and `\/` for a slash. So JSON is read by what its escapes
 * stand for; what is no JSON, as it is.
 */
export function readable(text: string): string {
  return text.includes('\\') && /^\s*[[{"]/.test(text) ? text.replace(ESCAPE, unescaped) : text;
}

/** What `\u00e9` stands for, and the rest as it is. */
export function withoutUnicodeEscapes(text: string): string {
  return text.replace(/\\u([0-9a-f]{4})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** Those of JSON: none but the first stands for a letter. */
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
const CONTROLS: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function unescaped(_: string, digits: string | undefined, letter: string): string {
  return digits === undefined
    ? (CONTROLS[letter] ?? letter)
    : String.fromCharCode(Number.parseInt(digits, 16));
}
