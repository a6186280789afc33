import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  createSigningKey,
  createStandardSigningKey,
  signHostedHooks,
  signStandardWebhooks,
  standardWebhooksSecret,
} from '#src/infra/lib/signature.ts';
import type { Diagnosis, Known, Pasted } from '#src/domain/signature-doctor/case.ts';
import type { Mistake } from '#src/domain/signature-doctor/deviation.ts';
import { examineAnswer } from '#src/domain/signature-doctor/examine-answer.ts';
import { examineRequest } from '#src/domain/signature-doctor/examine-request.ts';
import { bodiesOf } from '#src/domain/signature-doctor/readings.ts';
import { rewrittenJson } from '#src/domain/signature-doctor/rewritten-json.ts';
import { adviceFor } from '#src/domain/signature-doctor/words.ts';

const SECRET = '5ab15e73d0c4f9a85ab15e73d0c4f9a85ab15e73d0c4f9a85ab15e73d0c4f9a8';
const OLD = '0ld15e73d0c4f9a85ab15e73d0c4f9a85ab15e73d0c4f9a85ab15e73d0c4f9a8';
const OTHER = '07e35e73d0c4f9a85ab15e73d0c4f9a85ab15e73d0c4f9a85ab15e73d0c4f9a8';
const OTHER_URL = 'https://globex.example/other';
const BODY =
  '{"type":"order.created","version":"1.0","created":"2026-11-29T18:00:00.000Z",' +
  '"data":{"total":1.50,"name":"Zoë","url":"https://a.example/b","none":null,"is":true,"a":"<b>"}}\n';
const SECONDS = 1_764_439_200;
const ID = '01a22320-f492-7000-8000-0123456789ab';

const knows: Known = {
  secret: SECRET,
  previous: [OLD],
  others: [{ url: OTHER_URL, secret: OTHER }],
  headerPrefix: 'HostedHooks',
  sentBody: BODY,
};
const unknownBody: Known = { ...knows, sentBody: null };

function headersOf(body = BODY, secret = SECRET): string {
  const own = signHostedHooks(createSigningKey(secret), SECONDS, body);
  const message = { id: ID, timestampSeconds: SECONDS, body };
  const standard = signStandardWebhooks(createStandardSigningKey(secret), message);
  return [
    `HostedHooks-Signature: ${own}`,
    `webhook-id: ${ID}`,
    `webhook-timestamp: ${String(SECONDS)}`,
    `webhook-signature: ${standard}`,
  ].join('\n');
}

const examine = (pasted: Partial<Pasted>, known = knows) =>
  examineRequest({ headers: headersOf(), body: BODY, computed: '', secret: '', ...pasted }, known);
const mistakesOf = ({ mistakes }: Diagnosis) => mistakes.map(({ mistake }) => mistake);

/** The signature that code makes that hashes `text` with `key`. */
const made = (text: string, key: string | Buffer = SECRET, hash = 'sha256') =>
  createHmac(hash, key).update(text);
const signed = (text: string, key?: string | Buffer) => made(`${String(SECONDS)}.${text}`, key).digest('hex');

const jsOf = JSON.stringify(JSON.parse(BODY));
const python = BODY.trim().replaceAll('":', '": ').replaceAll(',"', ', "').replace('ë', '\\u00eb');
const php = BODY.trim().replaceAll('/', '\\/').replace('ë', '\\u00eb');
const pythonDict = python
  .replaceAll('"', "'")
  .replace('null', 'None')
  .replace('true', 'True')
  .replace('\\u00eb', 'ë');

describe('the signature doctor, given what code computed,', () => {
  const cases: [what: string, computed: string, ...mistakes: Mistake[]][] = [
    ['the right signature', signed(BODY)],
    ['the right signature in its header', `t=${String(SECONDS)},s=${signed(BODY)}`],
    ['JSON.stringify', signed(jsOf), 'body_reserialised'],
    ['json.dumps of Python', signed(python), 'body_reserialised'],
    ['json_encode of PHP', signed(php), 'body_reserialised'],
    ['JSON that indents', signed(JSON.stringify(JSON.parse(BODY), null, 2)), 'body_reserialised'],
    ['a parsed object', signed('[object Object]'), 'body_parsed'],
    ['a body that a parser took', signed(''), 'body_parsed'],
    ["Python's dict", signed(pythonDict), 'body_parsed'],
    ['the data alone', signed(BODY.slice(BODY.indexOf('"data":') + 7, -2)), 'body_data_only'],
    ['Latin-1', signed(Buffer.from(BODY).toString('latin1')), 'body_decoded'],
    ['a trimmed body', signed(BODY.trim()), 'newline_trimmed'],
    ['echo', signed(`${BODY}\n`), 'newline_added'],
    ['CRLF', signed(BODY.replaceAll('\n', '\r\n')), 'line_breaks_changed'],
    ['a secret decoded from hex', signed(BODY, Buffer.from(SECRET, 'hex')), 'secret_decoded'],
    ['a secret decoded from base64', signed(BODY, Buffer.from(SECRET, 'base64')), 'secret_decoded'],
    ['the secret with whsec_', signed(BODY, standardWebhooksSecret(SECRET)), 'secret_not_decoded'],
    ['a secret with a line break', signed(BODY, `${SECRET}\n`), 'secret_spaced'],
    ['a quoted secret', signed(BODY, `"${SECRET}"`), 'secret_spaced'],
    ['the secret before a rotation', signed(BODY, OLD), 'secret_previous'],
    ["another endpoint's secret", signed(BODY, OTHER), 'secret_of_other_endpoint'],
    ['some secret', signed(BODY, 'some secret'), 'secret_wrong'],
    ['no time', made(BODY).digest('hex'), 'time_left_out'],
    ['no dot', made(String(SECONDS) + BODY).digest('hex'), 'dot_left_out'],
    ['milliseconds', made(`${String(SECONDS)}000.${BODY}`).digest('hex'), 'time_in_milliseconds'],
    ['SHA-1', made(`${String(SECONDS)}.${BODY}`, SECRET, 'sha1').digest('hex'), 'hash_wrong'],
    [
      'no HMAC',
      createHash('sha256')
        .update(`${SECRET}${String(SECONDS)}.${BODY}`)
        .digest('hex'),
      'hash_without_key',
    ],
    ['base64', made(`${String(SECONDS)}.${BODY}`).digest('base64'), 'encoding_wrong'],
    ['no digest', 'true', 'encoding_wrong'],
    ['two mistakes', made(jsOf).digest('hex'), 'body_reserialised', 'time_left_out'],
    ['Standard Webhooks', `v1,${made(`${ID}.${String(SECONDS)}.${BODY}`).digest('base64')}`, 'scheme_mixed'],
  ];
  for (const [what, computed, ...mistakes] of cases) {
    test(`names the mistake of ${what}`, () => {
      const diagnosis = examine({ computed });
      assert.deepEqual(mistakesOf(diagnosis).toSorted(), mistakes.toSorted());
      assert.equal(diagnosis.isComputedRight, mistakes.length === 0);
      assert.equal(diagnosis.request, 'genuine');
    });
  }

  test('tells of Standard Webhooks where only its headers are there', () => {
    const [, ...headers] = headersOf().split('\n');
    const of = (text: string, key: string | Buffer = SECRET) =>
      mistakesOf(examine({ headers: headers.join('\n'), computed: made(text, key).digest('base64') }));
    const content = `${ID}.${String(SECONDS)}.${BODY}`;
    assert.deepEqual(of(content), []);
    assert.deepEqual(of(content, standardWebhooksSecret(SECRET)), ['secret_not_decoded']);
    assert.deepEqual(of(content, Buffer.from(SECRET, 'base64')), ['secret_decoded']);
    assert.deepEqual(of(`${String(SECONDS)}.${BODY}`), ['id_left_out']);
  });
});

describe('the signature doctor, given a request,', () => {
  test('finds every request of ours genuine, with and without the message', () => {
    fc.assert(
      fc.property(fc.json(), (body) => {
        for (const sentBody of [body, null]) {
          const diagnosis = examine({ headers: headersOf(body), body }, { ...knows, sentBody });
          assert.deepEqual([diagnosis.request, diagnosis.mistakes], ['genuine', []]);
        }
      }),
      { numRuns: 30 },
    );
  });

  const bodies: [what: string, body: string, ...mistakes: Mistake[]][] = [
    ['as it was sent', BODY],
    ['with the line breaks of a form', BODY.replaceAll('\n', '\r\n')],
    ['with one more line break', `${BODY}\n`],
    ['written again', jsOf, 'body_reserialised'],
    ['written again by Python', python, 'body_reserialised'],
    ['written again by who knows what', JSON.stringify(JSON.parse(BODY), null, 3), 'body_reserialised'],
    ['parsed', '[object Object]', 'body_parsed'],
    ['that was not pasted', ''],
    ['trimmed', BODY.trim(), 'newline_trimmed'],
    ['of another request', '{"type":"another"}', 'body_changed'],
  ];
  for (const [what, body, ...mistakes] of bodies) {
    test(`says of a body ${what}: ${mistakes.join() || 'genuine'}`, () => {
      assert.deepEqual(mistakesOf(examine({ body })), mistakes);
    });
  }

  test('undoes what was done to a body whose message is not known', () => {
    const compact = jsOf.replace('1.5', '15');
    const of = (body: string, sent = compact) =>
      mistakesOf(examine({ headers: headersOf(sent), body }, unknownBody));
    assert.deepEqual(of(JSON.stringify(JSON.parse(compact), null, 4)), ['body_reserialised']);
    assert.deepEqual(of(`${compact}\n`), []);
    assert.deepEqual(of(compact, `${compact}\n`), ['newline_trimmed']);
    assert.deepEqual(of(''), ['body_parsed']);
    assert.deepEqual(of(compact.replace('Zo', 'Jo')), ['body_changed']);
  });

  test('knows by whose secret it was signed', () => {
    const of = (secret: string) => examine({ headers: headersOf(BODY, secret) }).mistakes;
    assert.deepEqual(of(OLD), [{ mistake: 'secret_previous' }]);
    assert.deepEqual(of(OTHER), [{ mistake: 'secret_of_other_endpoint', of: OTHER_URL }]);
    assert.deepEqual(of('unknown'), [{ mistake: 'secret_wrong' }]);
  });

  test('reads headers as people copy them', () => {
    const value = headersOf().split('\n')[0]?.split(': ')[1] ?? '';
    const written = [
      value,
      `hostedhooks-signature: ${value}`,
      `HTTP_HOSTEDHOOKS_SIGNATURE=${value}`,
      `  'HTTP_HOSTEDHOOKS_SIGNATURE' => '${value}',`,
      `  -H 'HostedHooks-Signature: ${value}' \\`,
      JSON.stringify({ 'hostedhooks-signature': value }),
      `POST /hooks HTTP/1.1\r\nhost: globex.example\r\nHostedHooks-Signature: ${value}\r\n`,
    ];
    for (const headers of written) assert.equal(examine({ headers }).request, 'genuine', headers);
    const renamed = { ...knows, headerPrefix: 'Acme' };
    assert.equal(examine({ headers: `acme-signature: ${value}` }, renamed).request, 'genuine');
  });

  test('says which header is not there, or holds something else', () => {
    const [own = '', id = '', time = '', standard = ''] = headersOf().split('\n');
    const of = (...lines: string[]) => examine({ headers: lines.join('\n') }).mistakes;
    const name = 'HostedHooks-Signature';
    assert.deepEqual(of('host: globex.example'), [{ mistake: 'header_missing', of: name }]);
    assert.deepEqual(of(id, standard), [{ mistake: 'header_missing', of: 'webhook-timestamp' }]);
    assert.deepEqual(of(time, standard), [{ mistake: 'header_missing', of: 'webhook-id' }]);
    assert.deepEqual(of(own.slice(0, 60)), [{ mistake: 'header_malformed', of: name }]);
    const mixed = standard.replace('webhook-signature', 'HostedHooks-Signature');
    assert.deepEqual(of(mixed), [{ mistake: 'other_header', of: name }]);
  });

  test('stands nested, long and hostile input', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    for (const body of [deep, ' '.repeat(300_000), '"'.repeat(50_000), '\\'.repeat(50_000)]) {
      assert.deepEqual(mistakesOf(examine({ body, headers: `${headersOf()}\n${body}` }, unknownBody)), [
        'body_changed',
      ]);
    }
  });
});

test('a body of many or of deep elements is not written again, because that takes seconds of everybody', () => {
  const many = JSON.stringify(Array.from({ length: 20_000 }, () => 'abc'));
  const deep = `${'['.repeat(99)}${'1,'.repeat(1000)}1${']'.repeat(99)}`;
  for (const body of [many, deep]) {
    assert.deepEqual(rewrittenJson(body), []);
    assert.ok(bodiesOf(body).reduce((sum, { value }) => sum + value.length, 0) < 12 * body.length);
  }
});

describe('the signature doctor, given the secret that the receiver has,', () => {
  const of = (secret: string) => mistakesOf(examine({ secret }));

  test('takes each of its forms', () => {
    assert.deepEqual([of(SECRET), of(standardWebhooksSecret(SECRET))], [[], []]);
  });

  test('says what is wrong with it', () => {
    assert.deepEqual(of(`${SECRET}\n`), ['secret_spaced']);
    assert.deepEqual(of(`"${standardWebhooksSecret(SECRET)}"`), ['secret_spaced']);
    assert.deepEqual(of(OLD), ['secret_previous']);
    assert.deepEqual(of(standardWebhooksSecret(OTHER)), ['secret_of_other_endpoint']);
    assert.deepEqual(of(SECRET.slice(0, 40)), ['secret_cut']);
    assert.deepEqual(of('another'), ['secret_wrong']);
  });

  test('tells nobody a secret piece by piece', () => {
    assert.deepEqual(of(SECRET.slice(0, 20)), of('x'.repeat(20)));
  });
});

describe('the answer to an attempt', () => {
  const attemptedAt = new Date(SECONDS * 1000);
  const of = (...responseHeaders: [string, string][]) =>
    examineAnswer({ responseHeaders, attemptedAt, durationMs: 100, statusCode: 401 });
  const dated = (seconds: number) => new Date((SECONDS + seconds) * 1000).toUTCString();

  test('tells that the clock of the receiver is off', () => {
    assert.deepEqual(of(['Date', dated(0)]), []);
    assert.deepEqual(of(['Date', dated(420)]), [{ mistake: 'clock_ahead', of: '7 minutes' }]);
    assert.deepEqual(of(['Date', dated(-7200)]), [{ mistake: 'clock_behind', of: '2 hours' }]);
    assert.deepEqual(of(['Date', 'nonsense']), []);
  });

  test('tells that it asks for a login', () => {
    assert.deepEqual(of(['WWW-Authenticate', 'Basic realm="x"']), [{ mistake: 'login_asked', of: 'Basic' }]);
  });
});

test('each mistake is put into words that say what to do', () => {
  const { what, why, mend } = adviceFor(
    { mistake: 'secret_decoded', of: 'hex' },
    { header: 'Acme-Signature' },
  );
  assert.match(what, /hex/);
  assert.match(mend, /Acme-Signature/);
  assert.doesNotMatch(what + why + mend, /HostedHooks/);
});
