import { readFileSync } from 'node:fs';

/** A code sample of the article. */
export interface Sample {
  /** The value of `?language=` that selects the sample. */
  language: Language;
  /** For example "Python". */
  name: string;
  /** For example "Using with Python". */
  heading: string;
  /** The info string of the fenced code block in Markdown. */
  fence: string;
  /** Without the line break at the end of the file. */
  code: string;
}

/** The samples of a set, in the order in which the article shows them. */
export function readSamples(set: SampleSet, origin: string): Sample[] {
  return PROGRAMS.filter(({ sets }) => sets.some((name) => name === set)).map(
    ({ language, name, fence, file }) => ({
      language,
      name,
      heading: `${HEADINGS[set]} ${name}`,
      fence,
      code: readCode(`${set}/${file}`, origin),
    }),
  );
}

const HEADINGS = {
  setup: 'Setting up with',
  send: 'Using with',
  verify: 'Verifying with',
  'verify-standard': 'Standard Webhooks with',
};

export type SampleSet = keyof typeof HEADINGS;

interface Program {
  language: string;
  name: string;
  fence: string;
  /** The file's name in the folder of each of its sets. */
  file: string;
  sets: readonly SampleSet[];
}

const CODE_SETS = ['send', 'verify', 'verify-standard'] as const;

/** A framework's sample stands on that of its language, which works there for Standard Webhooks as it is. */
const FRAMEWORK_SETS = ['send', 'verify'] as const;

/** In the order in which the article shows them. */
const PROGRAMS = [
  { language: 'ruby', name: 'Ruby', fence: 'ruby', file: 'ruby.rb', sets: CODE_SETS },
  { language: 'rails', name: 'Rails', fence: 'ruby', file: 'rails.rb', sets: FRAMEWORK_SETS },
  { language: 'node', name: 'Node.js', fence: 'javascript', file: 'node.mjs', sets: CODE_SETS },
  { language: 'nextjs', name: 'Next.js', fence: 'javascript', file: 'nextjs.mjs', sets: FRAMEWORK_SETS },
  { language: 'python', name: 'Python', fence: 'python', file: 'python.py', sets: CODE_SETS },
  { language: 'django', name: 'Django', fence: 'python', file: 'django.py', sets: FRAMEWORK_SETS },
  { language: 'php', name: 'PHP', fence: 'php', file: 'php.php', sets: CODE_SETS },
  { language: 'laravel', name: 'Laravel', fence: 'php', file: 'laravel.php', sets: FRAMEWORK_SETS },
  { language: 'go', name: 'Go', fence: 'go', file: 'go.go', sets: CODE_SETS },
  { language: 'java', name: 'Java', fence: 'java', file: 'java.java', sets: CODE_SETS },
  { language: 'spring', name: 'Spring', fence: 'java', file: 'spring.java', sets: FRAMEWORK_SETS },
  { language: 'csharp', name: 'C#', fence: 'csharp', file: 'csharp.cs', sets: CODE_SETS },
  { language: 'aspnet', name: 'ASP.NET', fence: 'csharp', file: 'aspnet.cs', sets: FRAMEWORK_SETS },
  { language: 'curl', name: 'cURL', fence: 'bash', file: 'curl.sh', sets: ['setup', 'send'] },
  { language: 'curl', name: 'OpenSSL', fence: 'bash', file: 'shell.sh', sets: ['verify'] },
] as const satisfies Program[];

export type Language = (typeof PROGRAMS)[number]['language'];

/** The language whose sample that of a framework stands on. */
export const BASES: Partial<Record<Language, Language>> = {
  rails: 'ruby',
  nextjs: 'node',
  django: 'python',
  laravel: 'php',
  spring: 'java',
  aspnet: 'csharp',
};

export function isSampleSet(name: string): name is SampleSet {
  return Object.hasOwn(HEADINGS, name);
}

export function isLanguage(name: unknown): name is Language {
  return PROGRAMS.some(({ language }) => language === name);
}

const FOLDER = new URL('../../../views/docs/samples/', import.meta.url);
/** The origin in the sample files, so that each file runs unchanged. */
const PUBLISHED_ORIGIN = 'https://www.hostedhooks.com';

/** Replaces the published origin, because a page shows the origin of the installation that serves it. */
function readCode(path: string, origin: string): string {
  return readFileSync(new URL(path, FOLDER), 'utf8').trimEnd().replaceAll(PUBLISHED_ORIGIN, origin);
}
