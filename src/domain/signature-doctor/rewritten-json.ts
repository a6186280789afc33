import { isDeeperThan } from '#src/infra/lib/json-depth.ts';
import { lru } from '#src/infra/lib/lru.ts';
import type { JsonValue } from '#src/infra/lib/json.ts';

/** A JSON text as a program writes it again that has parsed it. */
export interface Rewritten {
  /** What writes so. */
  by: string;
  text: string;
}

/** Longer and deeper values are not written again, because indentation makes each element longer by its depth. */
const MAX_CHARACTERS = 65_536;
const MAX_LEVELS = 20;
/** The texts of one examination, each of which is written for both schemes and for each part of a header. */
const REMEMBERED = 4;
const remembered = lru<Rewritten[]>(REMEMBERED);

/**
 * The same JSON as common libraries write it, the most common first; empty for text that is no JSON. Numbers stay as
 * they were spelled, but where the library has only floating-point ones.
 */
export function rewrittenJson(text: string): Rewritten[] {
  if (text.length > MAX_CHARACTERS) return [];
  const known = remembered.get(text) ?? rewrite(text);
  remembered.set(text, known);
  return known;
}

function rewrite(text: string): Rewritten[] {
  const value = parsed(text);
  if (value === undefined) return [];
  const written = (by: string, style: Style) => ({ by, text: write(text, style) });
  const stringified = (by: string, indent: string | number, sorted = false) => ({
    by,
    text: JSON.stringify(sorted ? inOrder(value) : value, null, indent),
  });
  return [
    stringified('JSON.stringify', ''),
    written('a JSON library, without spaces', PLAIN),
    written('json.dumps of Python', { ...PLAIN, comma: ', ', colon: ': ', string: ascii }),
    written('json.dumps of Python with ensure_ascii=False', { ...PLAIN, comma: ', ', colon: ': ' }),
    written('json.dumps of Python with separators', { ...PLAIN, string: ascii }),
    written('json_encode of PHP', { ...PLAIN, string: (of) => ascii(of).replaceAll('/', '\\/') }),
    written('json_encode of PHP', { ...PLAIN, string: (of) => plain(of).replaceAll('/', '\\/') }),
    written('to_json of Rails', { ...PLAIN, string: forHtml }),
    { by: 'json.Marshal of Go', text: write(JSON.stringify(inOrder(value)), { ...PLAIN, string: forHtml }) },
    stringified('a JSON library that sorts the keys', '', true),
    stringified('a JSON library that indents', 2),
    stringified('a JSON library that indents', 4),
    stringified('a JSON library that indents', '\t'),
    { by: 'JSON.stringify of the text itself', text: JSON.stringify(text) },
  ];
}

/** The JSON as programs print a parsed value that they take for text. */
export function printedValues(text: string): Rewritten[] {
  const fixed = [
    { by: 'an empty body', text: '' },
    { by: '"[object Object]"', text: '[object Object]' },
    { by: '"{}"', text: '{}' },
    { by: '"Array"', text: 'Array' },
  ];
  if (text.length > MAX_CHARACTERS || parsed(text) === undefined) return fixed;
  const string = (of: string) => `'${of.replaceAll("'", String.raw`\'`)}'`;
  const python = { comma: ', ', colon: ': ', string, words: { true: 'True', false: 'False', null: 'None' } };
  const ruby = { ...PLAIN, comma: ', ', words: { null: 'nil' } };
  return [
    ...fixed,
    { by: "a dict's str() in Python", text: write(text, python) },
    { by: "a hash's to_s in Ruby", text: write(text, { ...ruby, colon: '=>' }) },
    { by: "a hash's to_s in Ruby", text: write(text, { ...ruby, colon: ' => ' }) },
  ];
}

export function parsed(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isDeeperThan(MAX_LEVELS, value) ? undefined : value;
  } catch {
    return undefined;
  }
}

interface Style {
  comma: string;
  colon: string;
  /** Writes a string's value. */
  string: (value: string) => string;
  /** Other spellings of `true`, `false` and `null`. */
  words: Record<string, string>;
}

const plain = (value: string) => JSON.stringify(value);
const PLAIN: Style = { comma: ',', colon: ':', string: plain, words: {} };

const escaped = (text: string, characters: RegExp) =>
  text.replaceAll(characters, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
const ascii = (value: string) => escaped(plain(value), /[\u007f-\uffff]/g);
const forHtml = (value: string) => escaped(plain(value), /[<>&\u2028\u2029]/g);

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Writes each token of a JSON text in the style. */
function write(text: string, { comma, colon, string, words }: Style): string {
  const marks: Record<string, string> = { ',': comma, ':': colon, ...words };
  const tokens = text.match(TOKEN) ?? [];
  return tokens
    .map((token) => (token.startsWith('"') ? string(JSON.parse(token) as string) : (marks[token] ?? token)))
    .join('');
}

/** The value with the keys of its objects in the order of their code points. */
function inOrder(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, inOrder(member)]));
}
