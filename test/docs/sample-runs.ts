import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASES, type Language } from '#src/surfaces/html/samples.ts';

/** To compile Go's HTTP client for the first time, on a busy machine. */
const TIMEOUT_MS = 240_000;

interface Runner {
  /** Without it the samples cannot be executed. */
  program: string;
  extension: string;
  /** A command line that runs `sample` with what stands beside it, in the folder of both. */
  alone: string;
  driven: string;
}

const RUNNERS: Record<Language, Runner> = {
  ruby: { program: 'ruby', extension: 'rb', alone: 'ruby sample.rb', driven: 'ruby driver.rb "$@"' },
  rails: { program: 'ruby', extension: 'rb', alone: 'ruby driver.rb', driven: 'ruby driver.rb "$@"' },
  nextjs: { program: 'node', extension: 'mjs', alone: 'node driver.mjs', driven: 'node driver.mjs "$@"' },
  django: {
    program: 'python3',
    extension: 'py',
    alone: 'python3 driver.py',
    driven: 'python3 driver.py "$@"',
  },
  laravel: { program: 'php', extension: 'php', alone: 'php driver.php', driven: 'php driver.php "$@"' },
  // Their stand-ins would be as long as they are, so that only their text is looked at.
  spring: { program: 'spring', extension: 'java', alone: 'false', driven: 'false' },
  aspnet: { program: 'aspnet', extension: 'cs', alone: 'false', driven: 'false' },
  csharp: { program: 'csharp', extension: 'cs', alone: 'false', driven: 'false' },
  node: { program: 'node', extension: 'mjs', alone: 'node sample.mjs', driven: 'node driver.mjs "$@"' },
  python: {
    program: 'python3',
    extension: 'py',
    alone: 'python3 sample.py',
    driven: 'python3 driver.py "$@"',
  },
  php: { program: 'php', extension: 'php', alone: 'php sample.php', driven: 'php driver.php "$@"' },
  go: {
    program: 'go',
    extension: 'go',
    alone: 'go run sample.go',
    driven: 'go run sample.go driver.go "$@"',
  },
  java: {
    program: 'javac',
    extension: 'java',
    alone: 'java sample.java',
    driven: 'javac -d . sample.java driver.java && java -cp . Driver "$@"',
  },
  curl: { program: 'curl', extension: 'sh', alone: 'sh sample.sh', driven: 'sh driver.sh "$@"' },
};

/** By `.ci/run`, or there anyway. */
export const INSTALLED_IN_CI: Language[] = [
  ...(['ruby', 'rails', 'node', 'nextjs', 'python', 'django', 'php', 'laravel', 'curl'] as const),
];

export interface Run {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface Program {
  language: Language;
  code: string;
  /** The sample of its language in the same set, which that of a framework stands on. */
  base: string;
  folder: string;
  env: Record<string, string>;
  /** Changes the names in the driver as in the sample. */
  rename?: (code: string) => string;
}

/**
 * Runs the sample as a reader would, who saved it as a file. A driver stands in for a framework, or calls what is no
 * program.
 */
export async function runSample(program: Program, set: string, args: string[] = []): Promise<Run> {
  const { language, folder, rename = (code: string) => code } = program;
  const { extension, alone, driven } = RUNNERS[language];
  writeFileSync(join(folder, `sample.${extension}`), program.code);
  const base = BASES[language];
  if (base !== undefined) writeFileSync(join(folder, `${base}.${extension}`), program.base);
  const driver = fileURLToPath(new URL(`drivers/${set}/${language}.${extension}`, import.meta.url));
  if (existsSync(driver)) {
    writeFileSync(join(folder, `driver.${extension}`), rename(readFileSync(driver, 'utf8')));
  }
  return new Promise((resolve) => {
    const line = ['-c', args.length === 0 ? alone : driven, 'sh', ...args];
    const env = { ...process.env, ...program.env };
    const child = execFile(
      'sh',
      line,
      { cwd: folder, env, timeout: TIMEOUT_MS },
      (_error, stdout, stderr) => {
        resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

/** Whether the language is on this machine. */
export function isOnHand(language: Language): boolean {
  const { program } = RUNNERS[language];
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
