import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SampleLanguage } from '#src/surfaces/docs/api-samples/index.ts';
import { createTemporaryFolder } from '../support/temporary-folder.ts';

const asItIs = (sample: string) => sample;

interface Runner {
  extension: string;
  /** Starts the main file, with the files of the samples beside it. */
  command: string[];
  /** A program that runs each of the samples' files. */
  main: (files: string[]) => string;
  /** What must be changed in a sample, so that it is one of many. */
  adapt?: (sample: string, index: number) => string;
}

const lines = (files: string[], line: (file: string) => string) => files.map(line).join('\n');

const RUNNERS: Record<SampleLanguage, Runner> = {
  curl: {
    extension: 'sh',
    command: ['sh', 'main.sh'],
    main: (files) => lines(files, (file) => `. ./${file}; echo`),
  },
  node: {
    extension: 'mjs',
    command: [process.execPath, 'main.mjs'],
    main: (files) => lines(files, (file) => `await import('./${file}');`),
  },
  ruby: {
    extension: 'rb',
    command: ['ruby', 'main.rb'],
    main: (files) => lines(files, (file) => `load "./${file}"`),
  },
  python: {
    extension: 'py',
    command: ['python3', 'main.py'],
    main: (files) => `import runpy\n${lines(files, (file) => `runpy.run_path("${file}")`)}`,
  },
  php: {
    extension: 'php',
    command: ['php', 'main.php'],
    main: (files) => `<?php\n${lines(files, (file) => `require '${file}'; echo "\\n";`)}`,
  },
  go: {
    extension: 'go',
    command: ['sh', '-c', 'go run *.go'],
    main: (files) =>
      `package main\n\nfunc main() {\n${lines(files, (file) => `\t${file.replace('.go', '')}()`)}\n}`,
    adapt: (sample, index) => sample.replace('func main()', `func sample${String(index)}()`),
  },
};

/** Runs the samples of a language one after the other, by one start of the language; what they print. */
export async function runAll(
  language: SampleLanguage,
  samples: string[],
  env: Record<string, string>,
): Promise<string> {
  const { extension, command, main, adapt = asItIs } = RUNNERS[language];
  await using folder = await createTemporaryFolder();
  const files = samples.map((_, index) => `sample${String(index)}.${extension}`);
  await writeFile(join(folder.path, `main.${extension}`), main(files));
  for (const [index, sample] of samples.entries()) {
    await writeFile(join(folder.path, files[index] ?? ''), adapt(sample, index));
  }
  const [program = '', ...args] = command;
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: folder.path,
    env: { ...process.env, ...env },
  });
  return stdout;
}
