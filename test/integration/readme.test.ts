import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { sharedServer } from '#test/support/shared-server.ts';

/** Until a webhook that does not come is given up. */
const PATIENCE_MS = 60_000;

const README = readFileSync('README.md', 'utf8');

test('each npm command that a document names is there, and each that is there is named', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const texts = globSync('{README.md,{src,test}/**/README.md}').map((path) => readFileSync(path, 'utf8'));
  const named = texts.join('\n').matchAll(/npm (?:run (?:-s )?)?(?!run\b)([a-z]+(?::[a-z]+)?)/g);
  const names = new Set(Array.from(named, ([, name]) => name));
  assert.deepEqual([...names].sort(), Object.keys(scripts).sort());
  for (const line of Object.values(scripts)) {
    assert.ok(existsSync(`src/dev/${line.split(' ').at(-1) ?? ''}.ts`), line);
  }
});

test('the webhook of the README arrives, and its lines, pasted again, make nothing twice', async () => {
  await using server = await sharedServer();
  const { apiKey } = await server.createAccount();
  const [, sample = ''] = /## Send a webhook\n[^]*?```sh\n([^]*?)```/.exec(README) ?? [];
  const seeReceived = sample.trim().split('\n').at(-1) ?? '';
  const lines = sample
    .replace(/^API=.*/m, `API=${server.url}/api/v1`)
    .replace(/^KEY=.*/m, `KEY=${apiKey}`)
    .replace(/^sleep 1$/m, `until ${seeReceived} | grep -q webhook-id; do sleep 0.1; done`);
  const twice = ['-c', `${lines}\n${lines}`];
  const { stdout } = await promisify(execFile)('bash', twice, { timeout: PATIENCE_MS });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  assert.equal(answers.length, 10, stdout);
  const [app, event, endpoint, message, received] = answers.slice(0, 5);
  assert.deepEqual(
    [app?.name, event?.event_type, endpoint?.subscription?.name, message?.event_id, received?.length],
    ['Acme', 'order.shipped', 'Globex', 'order-42', 1],
  );
  const again = answers.slice(5);
  assert.deepEqual(
    again.map(({ code }) => code),
    ['conflict', 'conflict', undefined, undefined, undefined],
  );
  assert.deepEqual([again[2]?.id, again[3], again[4]], [endpoint?.id, message, received]);
});

interface Answer {
  id?: string;
  name?: string;
  event_type?: string;
  event_id?: string;
  subscription?: { name: string };
  code?: string;
  length?: number;
}
