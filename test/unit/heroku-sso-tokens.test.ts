import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { resourceToken, userScopedToken } from '#src/surfaces/heroku/sso-tokens.ts';

interface Vector {
  parameter: string;
  id: string;
  salt: string;
  timestamp: string;
  userId?: string;
  email?: string;
  expected: string;
}

const file = readFileSync(new URL('../vectors/heroku-sso.json', import.meta.url), 'utf8');
const { vectors } = JSON.parse(file) as { vectors: Vector[] };

for (const { parameter, id, salt, timestamp, userId, email, expected } of vectors) {
  test(`Heroku's ${parameter} of ${id} is ${expected.slice(0, 8)}…`, () => {
    const input = { resourceId: id, salt, timestamp };
    const token =
      userId !== undefined && email !== undefined
        ? userScopedToken({ ...input, userId, email })
        : resourceToken(input);
    assert.equal(token, expected);
  });
}
