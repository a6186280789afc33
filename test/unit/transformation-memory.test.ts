import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pool } from 'pg';
import { keptRequest } from '#src/domain/transformations/apply.ts';
import { Codes } from '#src/domain/transformations/codes.ts';
import { EXCERPT_LENGTH } from '#src/domain/transformations/transformation.ts';

const MEGABYTE = 1024 * 1024;

/** Of what is not garbage. */
function memoryUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('an execution keeps of a long body its excerpt alone, until it is written', () => {
  const before = memoryUsed();
  const kept = Array.from({ length: 40 }, (_, index) => {
    const text = JSON.stringify([index, 'é'.repeat(MEGABYTE)]);
    const body = index % 2 === 0 ? text : Buffer.from(text);
    return keptRequest({ headers: null, contentType: null, body }).body;
  });
  assert.ok(memoryUsed() - before < 10 * MEGABYTE);
  for (const [index, body] of kept.entries())
    assert.equal(body, `[${String(index)},"`.padEnd(EXCERPT_LENGTH, 'é'));
});

test('an excerpt that ends within a character has a replacement for its half', () => {
  const body = `${'a'.repeat(EXCERPT_LENGTH - 1)}😀`;
  for (const one of [body, Buffer.from(body)])
    assert.equal(
      keptRequest({ headers: null, contentType: null, body: one }).body,
      `${'a'.repeat(EXCERPT_LENGTH - 1)}\ufffd`,
    );
});

test('many runs that begin at once read the code by one query', async () => {
  let queries = 0;
  const query = () => Promise.resolve({ rows: [{ code: `code ${String(++queries)}`, version: 1 }] });
  const codes = new Codes({ pool: { query } as unknown as Pool });
  const key = { accountId: 'account', appId: 'app', id: 'id', version: 1 };
  const all = await Promise.all(Array.from({ length: 5 }, () => codes.get(key)));
  assert.deepEqual(
    all.map((one) => one?.code),
    Array.from({ length: 5 }, () => 'code 1'),
  );
  await Promise.all([codes.get({ ...key, version: 2 }), codes.get({ ...key, accountId: 'other' })]);
  assert.equal(queries, 3);
});
