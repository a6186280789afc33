import { HerokuError } from './output.ts';

export type OptionValue = string | true;

export interface Arguments {
  verb: string;
  /** The positional arguments, such as `hosted-hooks:growth`. */
  words: string[];
  /** The flags of the CLI. */
  flags: Map<string, OptionValue>;
  /** The options for the add-on's provider. */
  options: Record<string, OptionValue>;
}

const SHORT: Record<string, string> = { '-a': '--app', '-c': '--confirm', '-h': '--help', '-s': '--shell' };
const WITH_VALUE = new Set(['--app', '--as', '--name', '--confirm']);
const SWITCHES = new Set(['--wait', '--form', '--show-url', '--shell', '--help']);

/**
 * Parses a command line of the Heroku CLI. Options after `--` are for the provider, and so are unknown options before
 * it, because npm removes the first `--`.
 */
export function parseArguments([verb = 'help', ...rest]: string[]): Arguments {
  const separator = rest.indexOf('--');
  const own = separator === -1 ? rest : rest.slice(0, separator);
  const forProvider = separator === -1 ? [] : rest.slice(separator + 1);
  const parsed: Arguments = { verb, words: [], flags: new Map(), options: {} };
  while (own.length > 0) readOwn(own, parsed);
  while (forProvider.length > 0) readOption(forProvider, parsed);
  return parsed;
}

function readOwn(words: string[], parsed: Arguments): void {
  const [first, equals] = splitAtEquals(words[0] ?? '');
  const name = SHORT[first] ?? first;
  if (!name.startsWith('-')) {
    parsed.words.push(...words.splice(0, 1));
  } else if (SWITCHES.has(name)) {
    parsed.flags.set(name, true);
    words.shift();
  } else if (WITH_VALUE.has(name)) {
    words.shift();
    const value = equals ?? words.shift();
    if (value === undefined) throw new HerokuError(`Flag ${name} expects a value`);
    parsed.flags.set(name, value);
  } else {
    readOption(words, parsed);
  }
}

/** Reads `--key value`, `--key=value`, or `--key`, which means `--key=true`. */
function readOption(words: string[], parsed: Arguments): void {
  const word = words.shift() ?? '';
  if (!word.startsWith('--')) throw new HerokuError(`Unexpected argument ${word}: options begin with --`);
  const [name, equals] = splitAtEquals(word);
  const takesNext = equals === undefined && words[0] !== undefined && !words[0].startsWith('--');
  const value = equals ?? (takesNext ? words.shift() : undefined) ?? 'true';
  parsed.options[name.slice(2)] = value === 'true' ? true : value;
}

function splitAtEquals(word: string): [string, string?] {
  const at = word.indexOf('=');
  return at === -1 || !word.startsWith('--') ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
