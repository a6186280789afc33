import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ApiRequest } from '#src/domain/api-requests/api-request.ts';
import type { ReceivedRequest } from '#src/domain/hook-helpers/received-requests.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { arrivalCurl } from '#src/surfaces/dashboard/arrival-curl.ts';
import { requestModel } from '#src/surfaces/dashboard/request-presenter.ts';
import { curlOfRequest } from '#src/surfaces/html/curl-of-request.ts';

/** Stands in the place of curl: prints each of its arguments and its input, each ended by NUL. */
const STUB = String.raw`curl() { for one; do printf '%s\0' "$one"; done; case "$*" in *@-) cat;; esac; }`;

const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

const ARRIVAL: ReceivedRequest = {
  ...{ id: 'a', method: 'POST', path: '/', headers: [], body: Buffer.alloc(0), answeredStatus: 200 },
  ...{ signature: { verdict: 'not_ours', endpointId: null, schemes: [] }, receivedAt: new Date(0) },
};

const REQUEST: ApiRequest = {
  ...{ id: uuidv7(0), accountId: 'a', method: 'POST', path: '/api/v1/apps', operation: null, status: 422 },
  ...{ code: null, message: null, details: [], eventType: null, eventId: null, apiKeyId: 'k' },
  ...{ requestId: 'r', clientAddress: '::1', userAgent: null, contentType: 'application/json' },
  ...{ durationMs: 1, body: '{}', bodyBytes: 2, apiKeyName: null, unlisted: 0 },
};

const URL = 'https://hooks.example/a?b=$HOME';

describe('a request as a curl command', () => {
  it('posts headers and body as they are, whatever they hold, and runs nothing else', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 }).map((one) => one.toWellFormed());
    const evil = fc.constantFrom(
      `'; touch /tmp/x; '`,
      '$(id)',
      '`id`',
      '@/etc/passwd',
      String.raw`\'`,
      '\u001b[201~id\n',
    );
    const body = fc.oneof(text, evil, fc.uint8Array({ maxLength: 40 }).map(Buffer.from));
    const value = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('', `it's`, '$(id)', '"'));
    fc.assert(
      fc.property(body, value, (given, header) => {
        const { args, input } = run({ body: given, headers: [['X-One', header.trim()]] });
        const sent = args.at(-1) === '@-' ? input : Buffer.from(args.at(-1) ?? '');
        assert.deepEqual(sent, Buffer.from(given));
        assert.deepEqual(args.slice(0, 3), ['-X', 'POST', URL]);
        const shown = header.trim() === '' ? 'X-One;' : `X-One: ${header.trim()}`;
        assert.deepEqual(args.slice(3, 7), ['-H', shown, '-H', 'Expect:']);
      }),
      { numRuns: 60 },
    );
  });

  it('holds no control character, which could end the paste of a terminal', () => {
    const { command } = curlOfRequest({ url: URL, headers: [], body: 'a\u001b[201~id\u0000', bodyFile: 'b' });
    assert.doesNotMatch(command, CONTROL);
  });

  it('reads a long body from a file, and tells what was left out', () => {
    const long = curlOfRequest({ url: URL, headers: [], body: 'x'.repeat(5000), bodyFile: 'one.json' });
    assert.deepEqual([long.readsFile, long.command.endsWith(`--data-binary '@one.json'`)], [true, true]);
    const hidden = { url: URL, headers: [['Authorization', '[hidden]']] as [string, string][], body: '1' };
    assert.ok(curlOfRequest({ ...hidden, bodyFile: 'b' }).hasHidden);
  });

  it('asks by the method, and for a HEAD by the option that does not wait for a body', () => {
    const one = (method: string) =>
      curlOfRequest({ method, url: URL, headers: [], body: 'b', bodyFile: 'b' }).command;
    assert.match(one('PUT'), /^curl -X PUT '.*--data-raw 'b'$/s);
    assert.equal(one('HEAD'), `curl --head '${URL}'`);
  });
});

describe('the command of an arrival', () => {
  const command = (changes: Partial<ReceivedRequest>) =>
    arrivalCurl({ ...ARRIVAL, ...changes }, 'http://h.example/r/t') ?? '';

  it('holds no control character of its body, headers or path', () => {
    const shown = command({
      path: '/a\u009b201~',
      headers: [
        ['X-Evil', 'a\u009b201~id'],
        ['X-Good', 'é'],
      ],
      body: Buffer.from('a\u001b[201~id\u009b\n'),
    });
    assert.doesNotMatch(shown, CONTROL);
    assert.match(shown, /^printf %s 'YRtb.*\/a%9B201~'.*X-Good: é/s);
    assert.doesNotMatch(shown, /X-Evil/);
  });

  it('is not there for a long body, or one that is no text, and has no data without one', () => {
    assert.deepEqual(
      [command({ body: Buffer.from([255]) }), command({ body: Buffer.alloc(9000, 97) })],
      ['', ''],
    );
    assert.equal(command({ method: 'GET' }), `curl -X GET 'http://h.example/r/t'`);
    assert.equal(command({ method: 'HEAD' }), `curl --head 'http://h.example/r/t'`);
  });
});

describe('the command of a request of the API', () => {
  const command = (changes: Partial<ApiRequest>) => requestModel({ ...REQUEST, ...changes }, 'http://h').curl;

  it('takes no body for the name of a file, holds no control character, and leaves the key to the shell', () => {
    const shown = command({ body: '@/etc/passwd', bodyBytes: 12 }) ?? '';
    assert.match(shown, /^curl -X POST 'http:\/\/h\/api\/v1\/apps' \\\n/);
    assert.match(shown, /-H "Authorization: Bearer \$HOSTEDHOOKS_API_KEY"/);
    assert.match(shown, /--data-raw '@\/etc\/passwd'$/);
    const body = '\u001b[201~id\n';
    const evil = command({ body, bodyBytes: body.length, contentType: 'a\u009bb', path: '/\u009b' }) ?? '';
    assert.doesNotMatch(evil, CONTROL);
  });

  it('is not there where the body is cut, or too long for one', () => {
    assert.equal(command({ body: '{"a":', bodyBytes: 9000 }), null);
    assert.equal(command({ body: 'a'.repeat(4090), bodyBytes: 4090 }), null);
    assert.doesNotMatch(command({ body: null, bodyBytes: 9000 }) ?? '', /data/);
  });
});

function run({ body, headers }: { body: string | Buffer; headers: [string, string][] }) {
  const { command } = curlOfRequest({ url: URL, headers, body, bodyFile: 'body' });
  const output = execFileSync('sh', ['-c', `${STUB}\n${command}`]);
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = output.indexOf(0); at !== -1; at = output.indexOf(0, from)) {
    parts.push(output.subarray(from, at));
    from = at + 1;
    if (parts.at(-1)?.toString() === '@-') break;
  }
  return { args: parts.map(String), input: output.subarray(from) };
}
