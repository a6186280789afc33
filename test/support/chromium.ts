import { existsSync } from 'node:fs';

/** The shell first: the same engine without the browser's own window takes two thirds of the CPU. */
const CANDIDATES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Browser tests never skip: a skipped test looks like one that passed. */
export function chromiumPath(): string {
  const path = [process.env['CHROMIUM_PATH'], ...CANDIDATES].find(
    (candidate) => candidate !== undefined && existsSync(candidate),
  );
  if (path === undefined) {
    throw new Error(
      'The browser tests need Chromium: `apt-get install chromium-headless-shell`, or set CHROMIUM_PATH',
    );
  }
  return path;
}
