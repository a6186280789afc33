import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { apiOfNewAccount } from '#test/support/api.ts';
import { exportedAccount, parsed, sendImport } from '#test/support/exported-account.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const exported = await exportedAccount(server);
after(() => exported[Symbol.asyncDispose]());

/** Members that hold whatever their owner likes. */
const FREE = [
  'body',
  'data',
  'sample_payload',
  'schema',
  'example',
  'payload',
  'headers',
  'response_headers',
];

/** The line with a stranger in each of its objects, one at a time, and the path of that stranger. */
function* withStrangers(line: object): Generator<{ text: string; path: string }> {
  for (const path of objectsIn(line, [])) {
    const copy = structuredClone(line) as Record<string, never>;
    const at = path.reduce<Record<string, unknown>>((value, name) => value[name] as never, copy);
    at['unknown_member'] = 1;
    yield { text: JSON.stringify(copy), path: [...path, 'unknown_member'].join('.') };
  }
}

function* objectsIn(value: unknown, path: string[]): Generator<string[]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield path;
  for (const [name, member] of Object.entries(value)) {
    if (!FREE.includes(name)) yield* objectsIn(member, [...path, name]);
  }
}

describe('a member that no export writes, in any object of a line', () => {
  const [header, ...rest] = exported.file.trim().split('\n') as [string, ...string[]];
  const lines = parsed(rest.join('\n'));
  const changed = lines.flatMap((line) =>
    [...withStrangers(line)].map((one) => ({ ...one, type: line.type })),
  );

  test('is refused by the number of the line and its path, whatever the kind of line', async () => {
    const to = await apiOfNewAccount(server);
    const file = [header, ...changed.map(({ text }) => text)].join('\n');
    const { status, body } = await sendImport(to, file);
    assert.equal(status, 200);
    assert.deepEqual([body.complete, body.imported], [false, {}]);
    const missing = changed.length + 1;
    assert.deepEqual(
      body.problems.map(({ line, message }) => [line, message.split(/[;:]/)[0]]),
      [
        ...changed.map(({ path }, index) => [index + 2, `${path} is unknown`]),
        [missing, 'The file ends here without its last line, which counts the others.'],
      ],
    );
  });

  test('is looked for in all kinds of lines, and in their depth', () => {
    const kinds =
      'account app webhook_event transformation subscription endpoint hook_helper message delivery attempt trailer';
    assert.deepEqual(new Set(changed.map(({ type }) => type)), new Set(kinds.split(' ')));
    const seen = changed.map(({ type, path }) => `${type}.${path}`);
    for (const path of [
      'account.limits',
      'webhook_event.versions.0',
      'endpoint.subscription',
      'trailer.counts',
    ]) {
      assert.ok(seen.includes(`${path}.unknown_member`), path);
    }
  });

  test('of the first line refuses the file', async () => {
    const proto = { text: header.replace('{', '{"__proto__":{},'), path: '__proto__' };
    for (const { text, path } of [proto, ...withStrangers(JSON.parse(header) as object)]) {
      const { status, body } = await exported.from.post('/import', [text, ...rest].join('\n'), {
        'content-type': 'application/x-ndjson',
      });
      assert.equal(status, 422);
      assert.match(body.message, new RegExp(`lines\\.1\\.${path} is unknown`));
    }
  });
});
