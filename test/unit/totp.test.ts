import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base32, codeAt, stepOfCode } from '#src/infra/lib/totp.ts';

const SECRET = Buffer.from('12345678901234567890');

test('codes are those of RFC 6238, appendix B, in their last six digits', () => {
  const times = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000];
  const codes = times.map((seconds) => codeAt(SECRET, Math.floor(seconds / 30)));
  assert.deepEqual(codes, ['287082', '081804', '050471', '005924', '279037', '353130']);
});

test('a code is taken one step early or late, and not two; blanks in it say nothing', () => {
  const at = (step: number) => stepOfCode(SECRET, '081 804', (37_037_036 + step) * 30_000);
  assert.deepEqual([-2, -1, 0, 1, 2].map(at), [null, 37_037_036, 37_037_036, 37_037_036, null]);
  assert.equal(stepOfCode(SECRET, '', 0), null);
});

test('a secret is written as RFC 4648 says', () => {
  assert.equal(base32(Buffer.from('foobar')), 'MZXW6YTBOI');
  assert.equal(base32(SECRET), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
});
