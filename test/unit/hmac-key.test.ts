import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { HmacKey } from '#src/infra/lib/hmac-key.ts';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const ofNode = (key: Buffer, text: string | Buffer) => createHmac('sha256', key).update(text).digest('hex');

// RFC 4231, sections 4.2 to 4.4 and 4.7, of a key longer than a block.
const VECTORS: [key: Buffer, text: string | Buffer, hmac: string][] = [
  [bytes('0b'.repeat(20)), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    bytes('aa'.repeat(20)),
    bytes('dd'.repeat(50)),
    '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
  ],
  [
    bytes('aa'.repeat(131)),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
];

test('signs as RFC 4231 says', () => {
  for (const [key, text, hmac] of VECTORS) assert.equal(new HmacKey(key).sign('', text, 'hex'), hmac);
});

test('signs any text under any key as Node does, also what is no character', () => {
  const key = fc.uint8Array({ maxLength: 150 }).map((array) => Buffer.from(array));
  const text = fc.string({
    unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.constant('\ud800')),
  });
  fc.assert(
    fc.property(key, fc.string(), text, (secret, start, body) => {
      assert.equal(new HmacKey(secret).sign(start, body, 'hex'), ofNode(secret, start + body));
    }),
  );
});

test('signs a text of any length, of which each character takes the most bytes', () => {
  const key = new HmacKey(Buffer.from('key'));
  for (const length of [16 * 1024 - 2, 16 * 1024 - 1, 100_000]) {
    const body = '語'.repeat(length);
    assert.equal(key.sign('1.', body, 'hex'), ofNode(Buffer.from('key'), `1.${body}`));
  }
});

test('signs bytes after a text, and under keys around the size of a block', () => {
  for (const length of [0, 1, 63, 64, 65]) {
    const key = Buffer.alloc(length, 7);
    assert.equal(new HmacKey(key).sign('1.', Buffer.from('body'), 'hex'), ofNode(key, '1.body'));
    assert.equal(new HmacKey(key).sign('1.', 'body', 'hex'), ofNode(key, '1.body'));
  }
});

test('signatures of one key and of others in between are their own', () => {
  const [one, other] = [new HmacKey(Buffer.from('one')), new HmacKey(Buffer.from('other'))];
  const first = one.sign('1.', 'a long text', 'base64');
  other.sign('2.', 'a text that is longer than the others', 'base64');
  assert.equal(one.sign('1.', 'a long text', 'base64'), first);
  assert.notEqual(one.sign('1.', 'a', 'base64'), first);
});
