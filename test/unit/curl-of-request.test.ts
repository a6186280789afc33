import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { curlOfRequest } from '#src/surfaces/html/curl-of-request.ts';

/** Stands in the place of curl: prints each of its arguments and its input, each ended by NUL. */
const STUB = String.raw`curl() { for one; do printf '%s\0' "$one"; done; case "$*" in *@-) cat;; esac; }`;

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
    assert.doesNotMatch(command, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
  });

  it('reads a long body from a file, and tells what was left out', () => {
    const long = curlOfRequest({ url: URL, headers: [], body: 'x'.repeat(5000), bodyFile: 'one.json' });
    assert.deepEqual([long.readsFile, long.command.endsWith(`--data-binary '@one.json'`)], [true, true]);
    const hidden = { url: URL, headers: [['Authorization', '[hidden]']] as [string, string][], body: '1' };
    assert.ok(curlOfRequest({ ...hidden, bodyFile: 'b' }).hasHidden);
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
