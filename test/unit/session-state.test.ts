import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** What outlives a transaction, and so belongs to a session, which a pooler in transaction mode does not give. */
const NEEDS_A_SESSION = {
  'an advisory lock of the session': /pg_(try_)?advisory_(lock|unlock)/i,
  'a setting of the session': /set_config\(.*, false\)|['"`]set (session|(?!local)\w+ *(=|to)) /i,
  'a temporary table': /create temp/i,
  'a cursor of the session': /with hold/i,
  'a prepared statement by SQL': /['"`](prepare|deallocate) /i,
  listening: /['"`]listen /i,
};

/** Where `pooler.ts` was asked before, and there is none in between. */
const ASK_BEFORE = [
  'src/infra/database/drop-partitions.ts: a setting of the session',
  'src/infra/database/notifications.ts: listening',
];

test('no statement needs a session, but where there is one', () => {
  const sources = globSync('src/**/*.{ts,sql}').filter((path) => !path.startsWith('src/dev/'));
  const found = sources.flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    const needs = Object.entries(NEEDS_A_SESSION).filter(([, pattern]) => pattern.test(text));
    return needs.map(([what]) => `${path}: ${what}`);
  });
  assert.deepEqual(found.sort(), ASK_BEFORE);
});
