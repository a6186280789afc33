import { execFile } from 'node:child_process';

export interface CliResult {
  code: number;
  out: string;
  err: string;
}

/** Runs `npm run heroku -- LINE` against a server, with its world in a data folder. */
export function herokuCli({ url, dataDir }: { url: string; dataDir: string }) {
  return (line: string, env: Record<string, string> = {}) =>
    new Promise<CliResult>((resolve) => {
      const everything = { ...process.env, BASE_URL: url, DATA_DIR: dataDir, ...env };
      const words = ['src/dev/heroku.ts', ...line.split(' ')];
      const child = execFile(process.execPath, words, { env: everything }, (_error, out, err) =>
        resolve({ code: child.exitCode ?? -1, out, err }),
      );
    });
}
