import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Program, runSample } from '#test/docs/sample-runs.ts';
import { eventually } from '#test/support/eventually.ts';
import { type Receiver, startReceiver } from '#test/support/receiver.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createTemporaryFolder } from '#test/support/temporary-folder.ts';

const BASH = /^```bash\n([^]*?)^```$/gm;
const JS_BLOCK = /^```js\n([^]*?)^```$/gm;
const JSON_BLOCK = /^```json\n([^]*?)^```$/gm;

/** What a dry run answers. */
interface Ran {
  error: string | null;
  request: { body: unknown } | null;
}

/** The guides as `/docs/NAME.md` shows them, each executed from its beginning to its end. */
describe('the guides', { concurrency: 2 }, () => {
  let server: TestServer;
  let receiver: Receiver;

  before(async () => {
    [server, receiver] = await Promise.all([startTestServer(), startReceiver()]);
  });
  after(async () => {
    await (server as TestServer | undefined)?.[Symbol.asyncDispose]();
    await (receiver as Receiver | undefined)?.close();
  });

  it('about Hookdeck does each of its steps, and the webhooks arrive', async () => {
    const { apiKey, call } = await newAccount();
    const guide = await read('hookdeck');
    const code = ['set -e', ...blocksOf(guide, BASH)].join('\n');
    const url = `${receiver.url}/account-123`;
    await run(code.replace('https://myapp.example/webhook', url), apiKey);
    const arrived = () => receiver.requests.filter(({ path }) => path === '/account-123');
    await eventually('both arrive', () => arrived().length === 2);
    const own = arrived().find(({ headers }) => headers['x-acme-signature'] === 'computed-by-you');
    assert.equal(String(own?.body), '{ "order_id": "1234567890" }');
    const sent = arrived().find((request) => request !== own);
    const [, seconds = '', signature] =
      /^t=(\d+),s=(.*)$/.exec(String(sent?.headers['acme-signature'])) ?? [];
    const { secret } = (await call('GET', `${ENDPOINT}/secret`)) as { secret: string };
    const expected = createHmac('sha256', secret)
      .update(`${seconds}.${String(sent?.body)}`)
      .digest('hex');
    assert.equal(signature, expected);
    const shown = (await call('GET', ENDPOINT)) as Record<string, unknown>;
    assert.deepEqual(shown['enabled_events'], ['order.created']);
  });

  it('about rules shows only rules that the API takes', async () => {
    const { apiKey, call } = await newAccount();
    await run([...blocksOf(await read('hookdeck'), BASH)].slice(0, 4).join('\n'), apiKey);
    const rules = blocksOf(await read('rules'), JSON_BLOCK);
    assert.ok(rules.length > 0);
    for (const rule of rules) {
      const given = JSON.parse(rule) as Record<string, unknown>;
      const shown = (await call('PATCH', ENDPOINT, rule)) as Record<string, unknown>;
      for (const [name, value] of Object.entries(given)) assert.deepEqual(shown[name], value, rule);
    }
  });

  it('about rules shows transformations that do what it says', async () => {
    const { apiKey, call } = await newAccount();
    await run([...blocksOf(await read('hookdeck'), BASH)].slice(0, 4).join('\n'), apiKey);
    const outputs: unknown[] = [];
    for (const code of blocksOf(await read('rules'), JS_BLOCK)) {
      const input = JSON.stringify({ code, request: { body: { id: 'o1', test: true } } });
      const { error, request } = (await call('POST', '/apps/acme/transformations/run', input)) as Ran;
      assert.equal(error, null, code);
      outputs.push(request?.body ?? null);
    }
    const [added, flat, kept] = outputs as [Record<string, unknown>, unknown, unknown];
    assert.deepEqual([added['id'], typeof added['app']], ['o1', 'string']);
    assert.deepEqual([flat, kept], [{ text: 'Order o1 was paid' }, null]);
    assert.equal(outputs.length, 3);
  });

  it('are pages, too, which name each other', async () => {
    for (const name of ['rules', 'frameworks', 'hookdeck']) {
      const answer = await fetch(`${server.url}/docs/${name}`);
      const text = await answer.text();
      assert.equal(answer.status, 200);
      assert.match(text, new RegExp(`href="/docs/${name}" aria-current="page"`));
      assert.match(text, /href="\/docs"/);
      assert.doesNotMatch(text, /<%|\[object /);
    }
  });

  const read = async (name: string) => (await fetch(`${server.url}/docs/${name}.md`)).text();

  async function newAccount() {
    const { apiKey } = await server.createAccount();
    const call = async (method: string, path: string, body?: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
      const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers, ...(body && { body }) });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      return JSON.parse(text);
    };
    return { apiKey, call };
  }

  async function run(code: string, apiKey: string): Promise<void> {
    await using folder = await createTemporaryFolder();
    const env = { HOSTEDHOOKS_API_KEY: apiKey };
    const program: Program = { language: 'curl', code, base: '', folder: folder.path, env };
    const { exitCode, stdout, stderr } = await runSample(program, 'guide');
    assert.equal(exitCode, 0, stderr + stdout);
  }
});

const ENDPOINT = '/apps/acme/subscriptions/account-123/endpoints/endpoint-123';

const blocksOf = (markdown: string, kind: RegExp): string[] =>
  [...markdown.matchAll(kind)].map(([, code = '']) => code);
