import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EVENT_TYPES } from '#src/domain/announcements/event-types.ts';
import { ADVICE, adviceTo } from '#src/domain/issues/advice.ts';
import { type Cause, causeOf, CAUSES, type FailedAttempt } from '#src/domain/issues/causes.ts';
import { describeFailure } from '#src/infra/outbound/outcome.ts';

const answered = (statusCode: number, contentType = 'application/json'): FailedAttempt => ({
  outcome: 'status',
  statusCode,
  errorMessage: '',
  responseHeaders: [['Content-Type', contentType]],
});

function failedBy(code: string): FailedAttempt {
  const error = Object.assign(new Error(''), { code });
  const { outcome, message } = describeFailure(error, 'acme.example');
  return { outcome, statusCode: null, errorMessage: message, responseHeaders: null };
}

const without = (outcome: FailedAttempt['outcome'], errorMessage = ''): FailedAttempt => ({
  outcome,
  statusCode: null,
  errorMessage,
  responseHeaders: null,
});

const EXAMPLES: Record<Cause, FailedAttempt[]> = {
  dns: [failedBy('ENOTFOUND'), failedBy('EAI_AGAIN')],
  certificate_expired: [failedBy('CERT_HAS_EXPIRED')],
  certificate_self_signed: [failedBy('DEPTH_ZERO_SELF_SIGNED_CERT')],
  certificate_wrong_name: [failedBy('ERR_TLS_CERT_ALTNAME_INVALID')],
  tls: [failedBy('EPROTO'), failedBy('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
  refused: [failedBy('ECONNREFUSED')],
  reset: [failedBy('ECONNRESET'), failedBy('EPIPE')],
  connect_timeout: [failedBy('ETIMEDOUT'), failedBy('UND_ERR_CONNECT_TIMEOUT')],
  timeout: [without('timeout', 'acme.example did not answer within 15 s')],
  unreachable: [failedBy('EHOSTUNREACH'), without('parked')],
  redirected: [without('redirected'), answered(304)],
  rejected: [answered(400), answered(422)],
  unauthorized: [answered(401), answered(403, 'text/html')],
  not_found: [answered(404, 'text/html; charset=utf-8')],
  method_not_allowed: [answered(405)],
  gone: [answered(410)],
  body_too_large: [answered(413)],
  unsupported_media_type: [answered(415)],
  rate_limited: [answered(429)],
  server_error: [answered(500), answered(503, 'text/html')],
  html_answer: [answered(400, 'text/html'), answered(500, 'TEXT/HTML; charset=utf-8')],
  invalid_answer: [failedBy('HPE_INVALID_CONSTANT'), without('too_large')],
  unexpected_status: [answered(402), answered(204)],
  blocked_address: [without('blocked_address')],
  transformation_failed: [without('transformation_failed')],
  oauth_refused: [without('oauth_refused')],
};

describe('every cause', () => {
  for (const cause of CAUSES) {
    test(`${cause} is found in what attempts tell, and has a sentence of advice for both sides`, () => {
      const attempts = EXAMPLES[cause];
      assert.ok(attempts.length > 0);
      assert.deepEqual(new Set(attempts.map(causeOf)), new Set([cause]));
      const { what, provider, subscriber } = ADVICE[cause];
      assert.match(what, /^[A-Z].*[^.]$/);
      for (const sentence of [provider, subscriber]) assert.match(sentence, /^[A-Z][^.]+(?:\d\.\d[^.]*)?\.$/);
      assert.notEqual(provider, subscriber);
    });
  }
});

test('the sample of our own webhooks has the advice that its cause gets', () => {
  const { issue } = EVENT_TYPES['issue.opened'].sample;
  assert.equal(issue.advice, adviceTo('provider', 'server_error'));
});
