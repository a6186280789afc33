import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import {
  createSigningKey,
  createStandardSigningKey,
  signHostedHooks,
  signStandardWebhooks,
  standardWebhooksSecret,
} from '#src/infra/lib/signature.ts';

interface Vector {
  source: string;
  secret: string;
  id: string;
  timestampSeconds: number;
  body: string;
  signature: string;
}
const vectorsFile = new URL('../vectors/standard-webhooks.json', import.meta.url);
const vectors = JSON.parse(readFileSync(vectorsFile, 'utf8')) as Vector[];

describe('Standard Webhooks', () => {
  for (const vector of vectors) {
    test(`agrees with: ${vector.source}`, () => {
      const key = createStandardSigningKey(vector.secret);
      assert.equal(signStandardWebhooks(key, vector), vector.signature);
    });
  }

  test('the published library accepts any secret, id and body of ours', () => {
    const secret = fc.string({ unit: 'grapheme', minLength: 1 });
    const id = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '_', '.'), minLength: 1 });
    fc.assert(
      fc.property(secret, id, fc.json(), (secretText, messageId, body) => {
        const timestampSeconds = Math.floor(Date.now() / 1000);
        const headers = {
          'webhook-id': messageId,
          'webhook-timestamp': String(timestampSeconds),
          'webhook-signature': signStandardWebhooks(createSigningKey(secretText), {
            id: messageId,
            timestampSeconds,
            body,
          }),
        };
        new Webhook(standardWebhooksSecret(secretText)).verify(body, headers);
      }),
    );
  });

  test('during a rotation the library finds the entry of either secret', () => {
    const message = { id: 'm1', timestampSeconds: Math.floor(Date.now() / 1000), body: '{}' };
    const signatures = ['old', 'new'].map((secret) =>
      signStandardWebhooks(createSigningKey(secret), message),
    );
    for (const secret of ['old', 'new']) {
      new Webhook(standardWebhooksSecret(secret)).verify(message.body, {
        'webhook-id': message.id,
        'webhook-timestamp': String(message.timestampSeconds),
        'webhook-signature': signatures.join(' '),
      });
    }
  });
});

describe('the HostedHooks signature', () => {
  test('is t and s on one line, without a space', () => {
    const header = signHostedHooks(createSigningKey('5f2e'), 1622054148, '{"a":1}');
    assert.match(header, /^t=1622054148,s=[0-9a-f]{64}$/);
  });

  test('is the HMAC of "timestamp.body" under the secret as it is shown, not hex-decoded', () => {
    const expected = createHmac('sha256', '5f2e').update('1622054148.{"é":"日本"}').digest('hex');
    assert.equal(
      signHostedHooks(createSigningKey('5f2e'), 1622054148, '{"é":"日本"}'),
      `t=1622054148,s=${expected}`,
    );
  });
});
