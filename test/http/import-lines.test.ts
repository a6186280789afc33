import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { apiOfNewAccount } from '#test/support/api.ts';
import { sendImport } from '#test/support/exported-account.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());

const MEGABYTE = 1024 * 1024;
const created_at = '2026-01-01T00:00:00.000Z';
const header = '{"type":"header","format":"hostedhooks-export","version":1}';
const id = () => uuidv7(Date.now());
const text = (bytes: number) => 'x'.repeat(bytes);
const app = JSON.stringify({ type: 'app', id: id(), name: 'Acme', created_at });
const helper = (url: string) =>
  JSON.stringify({ type: 'hook_helper', id: id(), label: 'a', url, endpoint_id: null, created_at });
const message = (rest: string) => `{"type":"message","id":"${id()}","event_type":"a","version":"1",${rest}}`;
const attempt = (headers: object) =>
  JSON.stringify({
    ...{
      type: 'attempt',
      id: id(),
      message_id: id(),
      endpoint_id: id(),
      subscription_id: id(),
      status_code: '200',
    },
    ...{
      status_message: 'success',
      event_type: 'a',
      attempt_number: 1,
      duration_ms: 1,
      response_headers: headers,
    },
  });

describe('a line that no export holds is a problem of its own, and the lines around it are taken', () => {
  const objects = `[${'{},'.repeat(700_000)}{}]`;
  const lines: Record<string, string> = {
    'an address of 2 MB': helper(`https://a.example/r/${text(2 * MEGABYTE)}`),
    'an address of 3,000 characters': helper(`https://a.example/r/${text(3000)}`),
    '700,000 objects of no use': `{"type":"app","x":${objects}}`,
    '700,000 objects as data': message(`"data":${objects}`),
    '700,000 objects in place of a text': message(`"data":1,"data_text":${objects}`),
    'data of more than 1 MB': message(`"data":"${text(MEGABYTE)}"`),
    'a text of more than 1 MB': message(`"data":null,"data_text":"${text(MEGABYTE + 1)}"`),
    'a text of more bytes than 1 MB': message(`"data":null,"data_text":"${'ü'.repeat(MEGABYTE / 2 + 1)}"`),
    'bytes of more than 1 MB': message(`"data":null,"data_base64":"${text(1.5 * MEGABYTE)}"`),
    'data of 100,000 levels': message(`"data":${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    'a NUL in the name of a header': attempt({ 'a\0b': 'c' }),
    'a NUL in a header': attempt({ a: 'b\0c' }),
    'a type that every object has': '{"type":"constructor"}',
    'another type that every object has': '{"type":"__proto__"}',
  };
  for (const [name, line] of Object.entries(lines)) {
    test(name, async () => {
      const api = await apiOfNewAccount(server);
      const { status, body } = await sendImport(
        api,
        [header, app, line, helper('https://a.example/r/a')].join('\n'),
      );
      assert.equal(status, 200);
      assert.deepEqual(
        body.problems.map(({ line: number }) => number),
        // The last problem is that the file ends without its trailer.
        [3, 4],
      );
      assert.deepEqual(body.imported, { app: 1, hook_helper: 1 });
    });
  }
});

test('a message of 1 MB is taken however it is written', async () => {
  const api = await apiOfNewAccount(server);
  const lines = [
    message(`"data":"${text(MEGABYTE - 2)}"`),
    message(`"data":null,"content_type":"a/b","data_text":"${'\\u0061'.repeat(MEGABYTE / 4)}"`),
    message(`"data":null,"content_type":"a/b","data_base64":"${Buffer.alloc(MEGABYTE).toString('base64')}"`),
  ];
  const { status, body } = await sendImport(api, [header, app, ...lines, '{"type":"trailer"}'].join('\n'));
  assert.deepEqual([status, body.problems, body.imported], [200, [], { app: 1, message: 3 }]);
});

test('an address of tokens is taken as an endpoint of the API takes it', async () => {
  const api = await apiOfNewAccount(server);
  const subscription = { type: 'subscription', id: id(), name: 'Globex', created_at };
  const endpoint = (token_url: string) => {
    const client = { client_id: 'a', client_secret: 'b', client_authentication: 'basic' };
    const auth = { type: 'oauth2_client_credentials', token_url, ...client };
    const own = {
      id: id(),
      url: 'https://a.example/',
      version: '1.0',
      status: 'active',
      enabled_events: '*',
    };
    return JSON.stringify({
      type: 'endpoint',
      ...own,
      auth,
      subscription: { id: subscription.id },
      created_at,
    });
  };
  const lines = [
    ...[header, app, JSON.stringify(subscription), endpoint('https://auth.example/a\nb')],
    ...[endpoint('ftp://auth.example/'), endpoint('https://auth.example/'), '{"type":"trailer"}'],
  ];
  const { body } = await sendImport(api, lines.join('\n'));
  assert.deepEqual(
    body.problems.map(({ line, message }) => [line, message.split(' ')[0]]),
    [
      [4, 'auth.token_url'],
      [5, 'auth.token_url'],
    ],
  );
  assert.equal(body.imported['endpoint'], 1);
});
