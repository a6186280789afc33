import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Part, startParts as start } from '#src/boot/start-parts.ts';

function recordedParts(...names: string[]): { parts: Required<Part>[]; calls: string[] } {
  const calls: string[] = [];
  const parts = names.map((name) => ({
    name,
    async start() {
      await Promise.resolve();
      calls.push(`start ${name}`);
    },
    async stop() {
      await Promise.resolve();
      calls.push(`stop ${name}`);
    },
  }));
  return { parts, calls };
}

const startParts = (parts: Part[]) => start(parts, { onSlowStop: (name) => assert.fail(name) });

const failing = (message: string) => (): never => {
  throw new Error(message);
};

test('parts start in order and stop in reverse', async () => {
  const { parts, calls } = recordedParts('one', 'two', 'three');
  const stop = await startParts(parts);
  await stop();
  assert.deepEqual(calls, ['start one', 'start two', 'start three', 'stop three', 'stop two', 'stop one']);
});

test('a part that cannot start is stopped, and so are those before it, in reverse', async () => {
  const { parts, calls } = recordedParts('one', 'two', 'three');
  Object.assign(parts[1] ?? {}, { start: failing('no port') });
  await assert.rejects(startParts(parts), { message: 'no port' });
  assert.deepEqual(calls, ['start one', 'stop two', 'stop one']);
});

test('a part that cannot stop does not keep the others from it', async () => {
  const { parts, calls } = recordedParts('one', 'two', 'three');
  Object.assign(parts[1] ?? {}, { stop: failing('stuck') });
  const stop = await startParts(parts);
  await assert.rejects(stop(), { message: 'stuck' });
  assert.deepEqual(calls.slice(3), ['stop three', 'stop one']);
});

test('a part may need no start, or no stop', async () => {
  const stop = await startParts([{ name: 'neither' }]);
  await stop();
});

test('a part that takes long to stop is named, and waited for', async () => {
  const told = Promise.withResolvers<string>();
  const { parts, calls } = recordedParts('one', 'two');
  const slow = { name: 'slow', stop: () => told.promise.then(() => void calls.push('stop slow')) };
  const stop = await start([...parts, slow], { onSlowStop: told.resolve, slowStopMs: 1 });
  await stop();
  assert.equal(await told.promise, 'slow');
  assert.deepEqual(calls.slice(2), ['stop slow', 'stop two', 'stop one']);
});
