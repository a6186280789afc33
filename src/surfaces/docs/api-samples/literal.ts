/** The literals of a language. */
interface Dialect {
  text: (text: string) => string;
  nothing: string;
  yes: string;
  no: string;
  list: [open: string, close: string];
  map: [open: string, close: string];
  /** The text between a key and its value. */
  arrow: string;
}

/** A single-quoted string, in which Ruby and PHP interpolate nothing. */
export const singleQuoted = (text: string) =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

export const DIALECTS = {
  python: {
    text: (text) => JSON.stringify(text),
    nothing: 'None',
    yes: 'True',
    no: 'False',
    list: ['[', ']'],
    map: ['{', '}'],
    arrow: ': ',
  },
  ruby: {
    text: singleQuoted,
    nothing: 'nil',
    yes: 'true',
    no: 'false',
    list: ['[', ']'],
    map: ['{', '}'],
    arrow: ' => ',
  },
  php: {
    text: singleQuoted,
    nothing: 'null',
    yes: 'true',
    no: 'false',
    list: ['[', ']'],
    map: ['[', ']'],
    arrow: ' => ',
  },
} satisfies Record<string, Dialect>;

/** `value` as a literal of `dialect`. Lines after the first begin with `indent`. */
export function literal(value: unknown, dialect: Dialect, indent = ''): string {
  if (value === null) return dialect.nothing;
  if (typeof value === 'boolean') return value ? dialect.yes : dialect.no;
  if (typeof value === 'string') return dialect.text(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [open, close] = isList ? dialect.list : dialect.map;
  const deeper = `${indent}  `;
  const items = isList
    ? value.map((item) => literal(item, dialect, deeper))
    : Object.entries(value).map(
        ([name, member]) => `${dialect.text(name)}${dialect.arrow}${literal(member, dialect, deeper)}`,
      );
  if (items.length === 0) return emptyOf(dialect, isList);
  return `${open}\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}${close}`;
}

/** PHP's empty map is `new stdClass`, because `[]` would be sent as a list. */
function emptyOf({ map, list, text }: Dialect, isList: boolean): string {
  const [open, close] = isList ? list : map;
  const isPhp = text === singleQuoted && map[0] === '[';
  return isPhp && !isList ? 'new stdClass' : `${open}${close}`;
}
