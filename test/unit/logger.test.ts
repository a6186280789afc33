import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '#src/infra/telemetry/logger.ts';

function logged(entry: object): string {
  const lines: string[] = [];
  createLogger('info', { write: (line: string) => void lines.push(line) }).info(entry, 'happened');
  return lines.join('');
}

test('an entry is one line of JSON with its time and level', () => {
  const line = logged({ endpoint: 'ep_1' });
  assert.equal(line.indexOf('\n'), line.length - 1);
  const entry = JSON.parse(line) as Record<string, unknown>;
  assert.equal(entry['level'], 'info');
  assert.equal(entry['msg'], 'happened');
  assert.equal(entry['endpoint'], 'ep_1');
  assert.match(String(entry['time']), /^\d{4}-.*Z$/);
});

test('secrets and payloads are left out, at the top and one level down', () => {
  for (const field of [
    'authorization',
    'cookie',
    'password',
    'secret',
    'token',
    'apiKey',
    'data',
    'body',
    'payload',
  ]) {
    assert.ok(!logged({ [field]: 'hush' }).includes('hush'), field);
    assert.ok(!logged({ request: { [field]: 'hush' } }).includes('hush'), field);
  }
});

test("an error's own fields are left out: PostgreSQL quotes values there", () => {
  const error = Object.assign(new Error('unsupported'), { code: '22P05', detail: 'hush', where: 'hush' });
  const line = logged({ err: error });
  assert.match(line, /unsupported/);
  assert.match(line, /22P05/);
  assert.ok(!line.includes('hush'));
});
