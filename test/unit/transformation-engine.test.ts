import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newQuickJSWASMModule } from 'quickjs-emscripten';
import { Engine } from '#src/domain/transformations/runtime/engine.ts';
import { Machine } from '#src/domain/transformations/runtime/machine.ts';
import { type Memory, MemorySnapshot } from '#src/domain/transformations/runtime/memory-snapshot.ts';
import { type ConsoleLine, TOO_LARGE } from '#src/domain/transformations/runtime/run.ts';

// Runs that share an engine: what one does is not there in the next.

const engine = await Engine.make();
const input = { request: '{"headers":{}}', body: '{"a":1}', isJson: true, context: '{}' };
const handler = (statements: string) => `addHandler('transform', (request) => { ${statements} })`;
const answering = (expression: string) => handler(`return { body: [${expression}] }`);

function run(code: string, isOver = (): boolean => false) {
  const lines: ConsoleLine[] = [];
  return { lines, outcome: engine.run({ code, input }, { lines, isOver }) };
}

function answerOf(code: string): unknown[] {
  const { outcome } = run(code);
  if (outcome.kind !== 'answered') assert.fail(JSON.stringify(outcome));
  return JSON.parse(outcome.answer.body ?? '') as unknown[];
}

test('random numbers are others in each run', () => {
  const random = answering('Array.from({ length: 1000 }, () => Math.random())');
  const all = [answerOf(random), answerOf(random)].flat(2) as number[];
  assert.equal(new Set(all).size, 2000);
  assert.ok(all.every((one) => one >= 0 && one < 1));
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
  assert.ok(Math.abs(mean - 0.5) < 0.05, String(mean));
});

test('the time goes on', async () => {
  const nowIn = () => Number(answerOf(answering('Date.now()'))[0]);
  const first = nowIn();
  while (Date.now() === first) await new Promise(setImmediate);
  assert.ok(nowIn() > first);
});

test('memory that another run filled is empty', () => {
  const sizes = '[64, 5000, 100_000, 4_000_000]';
  const all = `${sizes}.flatMap((size) => Array.from({ length: 4 }, () => new Uint8Array(size)))`;
  run(handler(`const kept = ${all}; for (const one of kept) one.fill(255); return null`));
  assert.deepEqual(answerOf(answering(`${all}.some((one) => one.includes(255))`)), [false]);
});

test('each run has all of the memory, and no more', () => {
  const keeping = (count: number) =>
    `globalThis.kept = Array.from({ length: ${String(count)} }, () => new Uint8Array(10_000_000));` +
    answering('kept.length');
  for (let n = 0; n < 3; n += 1) {
    assert.deepEqual(answerOf(keeping(5)), [5]);
    const { outcome } = run(keeping(10));
    assert.equal(outcome.kind === 'failed' && outcome.error.message, TOO_LARGE);
  }
  assert.ok(engine.memoryBytes <= 80 * 1024 * 1024);
});

test('what a run takes away from the engine is there for the next', () => {
  const names = 'Object.keys(globalThis), Object.keys(console)';
  const before = answerOf(answering(names));
  const taken = 'for (const name of Object.keys(console)) delete console[name]; delete globalThis.console;';
  run(`${taken} delete globalThis.addHandler; Math.random = () => 1; globalThis.left = 1;`);
  const { lines } = run(handler('console.log(typeof left, Math.random() < 1); return null'));
  assert.deepEqual(lines, [{ level: 'log', text: 'undefined true' }]);
  assert.deepEqual(answerOf(answering(names)), before);
});

test('a run after one that was interrupted has a stack', () => {
  assert.equal(run(handler('for (;;);'), () => true).outcome.kind, 'failed');
  assert.deepEqual(answerOf(answering('1')), [1]);
});

test('an engine that broke within a function of the host is not whole, whoever catches that', async () => {
  const own = await Engine.make();
  const running = { lines: [], isOver: () => false };
  const iterator = 'let it = [1].values(); for (let n = 0; n < 60_000; n++) it = it.map((x) => x);';
  own.run({ code: handler(`${iterator} return null`), input }, running);
  assert.equal(own.isWhole(), true);
  try {
    const caught = handler(
      `${iterator} try { console.log({ toJSON() { it.next() } }) } catch {} return null`,
    );
    own.run({ code: caught, input }, running);
  } catch {
    // It depends on how much of the stack was left to the one that caught it.
  }
  assert.equal(own.isWhole(), false);
});

test('each run has a module of its own', () => {
  for (const one of [1, 2])
    assert.deepEqual(answerOf(`export default () => ({ body: [${String(one)}] })`), [one]);
});

test('runs leave nothing on the heap of the host', () => {
  const used = () => {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    return process.memoryUsage().heapUsed;
  };
  const code = handler(
    'console.log({ a: Math.random() }); request.body = new Promise(() => {}); return request',
  );
  const runs = () => {
    for (let n = 0; n < 500; n += 1) run(code);
  };
  runs();
  const before = used();
  runs();
  assert.ok(used() - before < 50_000, `${String(used() - before)} bytes`);
});

test('all but the stack is put back, bit for bit', async () => {
  const module = await newQuickJSWASMModule();
  const memory = module.getWasmMemory() as Memory;
  const runtime = module.newRuntime();
  // The thread of runs has a larger stack than this one.
  runtime.setMaxStackSize(64 * 1024);
  const machine = new Machine(runtime.newContext());
  const before = new Uint8Array(memory.buffer).slice();
  const snapshot = new MemorySnapshot(memory);
  const recursing = '(function f() { try { f() } catch {} })(); try { JSON.parse("[".repeat(1e5)) } catch {}';
  const filling =
    'const kept = []; for (let n = 0; n < 1e4; n++) kept.push({ [`p${n}`]: [n, String(n), Symbol()] })';
  const using = 'new Date().toString(); /(a|b)+?/u.exec("ab"); escape("é"); ';
  machine.execute(
    { code: handler(`${recursing}; ${filling}; try { ${using} } catch {} return null`), input },
    [],
  );
  const dirty = new Uint8Array(memory.buffer, 0, before.length);
  const usedEnd = before.findLastIndex((byte) => byte !== 0) + 1;
  assert.notDeepEqual(dirty.subarray(0, 100_000), before.subarray(0, 100_000));
  snapshot.restore();
  const others = before
    .keys()
    .filter((at) => at < usedEnd && dirty[at] !== before[at])
    .toArray();
  const stack = { begin: others.at(0) ?? 0, end: others.at(-1) ?? 0 };
  assert.ok(stack.end - stack.begin < 600_000, JSON.stringify(stack));
  assert.ok(
    before.subarray(stack.begin - 2 ** 20, stack.end).every((byte) => byte === 0),
    JSON.stringify(stack),
  );
});
