import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOfServer } from '#src/infra/database/server-version.ts';

test('a PostgreSQL that is too old is refused by its version, and from 15 on taken', () => {
  assert.equal(
    problemOfServer({ number: 140_013, version: '14.13' }),
    'DATABASE_URL: this is PostgreSQL 14.13; version 15 or later is needed.',
  );
  assert.equal(problemOfServer({ number: 150_000, version: '15.0' }), undefined);
  assert.equal(problemOfServer({ number: 180_001, version: '18.1' }), undefined);
});
