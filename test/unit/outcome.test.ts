import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeFailure, OutboundError } from '#src/infra/outbound/outcome.ts';

const failureWith = (code: string, message = 'as the library words it') =>
  describeFailure(Object.assign(new Error(message), { code }), 'acme.example');

describe('what went wrong is told in our words', () => {
  const cases: [string, string, string][] = [
    ['ECONNREFUSED', 'refused', 'acme.example refused the connection'],
    ['ECONNRESET', 'reset', 'acme.example reset the connection'],
    ['ENOTFOUND', 'dns', 'acme.example does not exist: its name has no address'],
    ['EAI_FAIL', 'dns', 'the name acme.example could not be looked up (EAI_FAIL)'],
    ['CERT_HAS_EXPIRED', 'tls', 'the certificate of acme.example has expired'],
    ['CERT_REVOKED', 'tls', 'no secure connection to acme.example could be made (CERT_REVOKED)'],
    ['ERR_SSL_NO_CIPHER', 'tls', 'no secure connection to acme.example could be made (ERR_SSL_NO_CIPHER)'],
    [
      'HPE_INVALID_CONSTANT',
      'invalid_response',
      'acme.example answered with something that is not valid HTTP (HPE_INVALID_CONSTANT)',
    ],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'acme.example did not accept the connection in time'],
    ['EHOSTUNREACH', 'connection', 'there is no route to acme.example'],
    ['ESOMETHING', 'connection', 'the connection to acme.example failed (ESOMETHING)'],
  ];
  for (const [code, outcome, message] of cases) {
    test(code, () => assert.deepEqual(failureWith(code), { outcome, message }));
  }

  test('a connection that ended is a reset, other trouble on a socket an invalid answer', () => {
    assert.equal(failureWith('UND_ERR_SOCKET', 'other side closed').outcome, 'reset');
    assert.equal(failureWith('UND_ERR_SOCKET', 'bad response').outcome, 'invalid_response');
  });

  test('what we found ourselves keeps its sentence', () => {
    const error = new OutboundError('too_large', 'acme.example answered with more than 1 MB');
    assert.deepEqual(describeFailure(error, 'acme.example'), {
      outcome: 'too_large',
      message: error.message,
    });
  });

  test('even what is no error at all', () => {
    assert.equal(describeFailure('odd', 'acme.example').outcome, 'connection');
  });
});
