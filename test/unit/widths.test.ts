import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'node:test';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WIDTH = 120;
const TEXTS = ['views/**/*.{ejs,css,md}', 'views/assets/js/*.js', '*.md', 'src/**/*.md', 'test/*.md'];
/** What cannot be broken: a single word, such as a link, the data of an image, and a row of a Markdown table. */
const UNBREAKABLE = [/^\s*\S+$/, /url\(["']data:/, /^\|.*\|$/];
/** Prettier breaks code, and no comment. An exception of ESLint must stand in one line. */
const SOURCES = ['{src,test}/**/*.{ts,mjs}', 'src/**/migrations/*.sql', '*.{js,mjs}'];
const COMMENT = /^\s*(?:\*|\/\/|\/\*\*|--) (?!eslint-)/;
const SPACING = /^\s*(?:(?:row-|column-)?gap|margin[a-z-]*|padding[a-z-]*):[^;]*\d(?:px|rem|em)\b[^;]*;/;

describe('what no formatter keeps', () => {
  for (const file of globSync(TEXTS, { cwd: ROOT })) {
    test(`has lines of at most ${String(WIDTH)} characters: ${file}`, () => {
      const tooLong = linesOf(file).filter(
        (line) => line.length > WIDTH && !UNBREAKABLE.some((pattern) => pattern.test(line)),
      );
      assert.deepEqual(tooLong, []);
    });
  }

  test(`has comments of at most ${String(WIDTH)} characters`, () => {
    const tooLong = globSync(SOURCES, { cwd: ROOT }).flatMap((file) =>
      linesOf(file)
        .filter((line) => line.length > WIDTH && COMMENT.test(line))
        .map((line) => `${file}: ${line}`),
    );
    assert.deepEqual(tooLong, []);
  });

  for (const file of globSync('views/**/*.css', { cwd: ROOT })) {
    test(`takes distances from the spacing tokens, and needs no !important: ${file}`, () => {
      const lines = linesOf(file);
      assert.deepEqual(
        lines.filter((line) => SPACING.test(line) || line.includes('!important')),
        [],
      );
    });
  }
});

function linesOf(file: string): string[] {
  return readFileSync(`${ROOT}${file}`, 'utf8').split('\n');
}
