import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResolver } from '#src/infra/outbound/resolver.ts';

test('a lookup that is under way is shared by all who ask for the same name', async () => {
  const { promise: answer, resolve: answerLookup } = Promise.withResolvers<string[]>();
  const asked: string[] = [];
  const resolve = createResolver((name) => {
    asked.push(name);
    return answer;
  });

  const all = [resolve('acme.example', ''), resolve('acme.example', ''), resolve('globex.example', '')];
  answerLookup(['192.0.2.1']);

  assert.deepEqual(await Promise.all(all), [['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
  assert.deepEqual(asked, ['acme.example', 'globex.example']);
});

test('answers are not kept, good or bad: a repaired name works at once', async () => {
  const answers = [() => Promise.reject(new Error('down')), () => Promise.resolve(['192.0.2.1'])];
  const resolve = createResolver(() => answers.shift()?.() ?? Promise.resolve([]));

  await assert.rejects(resolve('acme.example', ''), /down/);
  assert.deepEqual(await resolve('acme.example', ''), ['192.0.2.1']);
  assert.deepEqual(await resolve('acme.example', ''), []);
});
