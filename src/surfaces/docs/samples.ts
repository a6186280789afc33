import { readFileSync } from 'node:fs';

/** A program of the article. */
export interface Sample {
  /** Of the reader's choice, as it stands in the page's address. */
  language: Language;
  /** Python */
  name: string;
  /** Using with Python */
  heading: string;
  /** The language of a fenced block in Markdown. */
  fence: string;
  /** Without the line break at its end. */
  code: string;
}

/** The programs of a set, in the order in which they are shown. */
export function readSamples(set: SampleSet, origin: string): Sample[] {
  const { heading, files } = SETS[set];
  return Object.entries(files).map(([key, [file, name]]) => {
    const language = key as Language;
    return {
      language,
      name,
      heading: `${heading} ${name}`,
      fence: FENCES[language],
      code: readCode(`${set}/${file}`, origin),
    };
  });
}

const FENCES = {
  ruby: 'ruby',
  rails: 'ruby',
  node: 'javascript',
  python: 'python',
  php: 'php',
  go: 'go',
  java: 'java',
  curl: 'bash',
};

export type Language = keyof typeof FENCES;

type Files = Partial<Record<Language, [file: string, name: string]>>;

const LIBRARIES = {
  node: ['node.mjs', 'Node.js'],
  python: ['python.py', 'Python'],
  php: ['php.php', 'PHP'],
  go: ['go.go', 'Go'],
  java: ['java.java', 'Java'],
} satisfies Files;
const RUBY = { ruby: ['ruby.rb', 'Ruby'] } satisfies Files;
const RAILS = { rails: ['rails.rb', 'Rails'] } satisfies Files;

const SETS = {
  setup: { heading: 'Setting up with', files: { curl: ['curl.sh', 'cURL'] } },
  send: { heading: 'Using with', files: { ...RUBY, ...RAILS, ...LIBRARIES, curl: ['curl.sh', 'cURL'] } },
  verify: {
    heading: 'Verifying with',
    files: { ...RUBY, ...RAILS, ...LIBRARIES, curl: ['shell.sh', 'OpenSSL'] },
  },
  // Rails takes the one for Ruby.
  'verify-standard': { heading: 'Standard Webhooks with', files: { ...RUBY, ...LIBRARIES } },
} satisfies Record<string, { heading: string; files: Files }>;

export type SampleSet = keyof typeof SETS;

export function isSampleSet(name: string): name is SampleSet {
  return Object.hasOwn(SETS, name);
}

export function isLanguage(name: unknown): name is Language {
  return typeof name === 'string' && Object.hasOwn(FENCES, name);
}

const FOLDER = new URL('../../../views/docs/samples/', import.meta.url);
/** What the files say, so that each runs as it is. */
const PUBLISHED_ORIGIN = 'https://www.hostedhooks.com';

/** A page shows the address of the installation that serves it. */
function readCode(path: string, origin: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8').trimEnd().replaceAll(PUBLISHED_ORIGIN, origin);
}
