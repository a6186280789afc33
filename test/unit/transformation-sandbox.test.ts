import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CodeRunner } from '#src/domain/transformations/runtime/code-runner.ts';
import { RUN_LIMITS, type RunResult } from '#src/domain/transformations/runtime/run.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';

const runner = new CodeRunner({ logger: createLogger('silent') });
after(() => runner.close());

const BODY = '{"type":"user.created","data":{"price":1.0,"big":9007199254740993}}';
const input = {
  request:
    '{"headers":{"content-type":"application/json"},"event_type":"user.created","version":"1.0","id":"m"}',
  body: BODY,
  isJson: true,
  context: '{"app":{"name":"Acme"}}',
};

async function run(code: string, { account = 'acme', body = BODY } = {}): Promise<RunResult> {
  const result = await runner.run(account, () => ({ code, input: { ...input, body } }));
  assert.notEqual(result, 'busy');
  return result as RunResult;
}

const handler = (statements: string) => `addHandler('transform', (request, context) => { ${statements} })`;

async function answerOf(code: string) {
  const { outcome } = await run(code);
  if (outcome.kind !== 'answered') assert.fail(JSON.stringify(outcome));
  return outcome.answer;
}

/** What a run that failed says. Afterwards an honest run works. */
async function failureOf(code: string) {
  const { outcome } = await run(code, { account: 'attacker' });
  if (outcome.kind !== 'failed') assert.fail(JSON.stringify(outcome));
  assert.equal((await answerOf(handler('request.body = "fine"; return request'))).body, 'fine');
  return outcome.error;
}

describe('what a handler answers', () => {
  test('a body that it leaves as it was is not written again', async () => {
    assert.equal((await answerOf(handler('return request'))).body, null);
    assert.equal((await answerOf(handler('return { ...request, body: { ...request.body } }'))).body, null);
  });

  test('a body that it changes is JSON; a text stays a text', async () => {
    const { body } = await answerOf(handler('request.body = { of: context.app.name }; return request'));
    assert.equal(body, '{"of":"Acme"}');
    assert.equal((await answerOf(handler('request.body = "<a/>"; return request'))).body, '<a/>');
  });

  test('headers that it leaves as they were are not written again', async () => {
    assert.equal(
      (await answerOf(handler('return { ...request, headers: { ...request.headers } }'))).headers,
      null,
    );
    const { headers } = await answerOf(handler('request.headers.seen = "1"; return request'));
    assert.equal(headers, '{"content-type":"application/json","seen":"1"}');
  });

  test('a body that should be JSON and is none is a text', async () => {
    const { outcome } = await run(handler('request.body += "!"; return request'), { body: '{"n":' });
    assert.deepEqual(outcome, { kind: 'answered', answer: { headers: null, body: '{"n":!' } });
  });

  test('a text with NUL is whole, given and answered, and half of a surrogate pair is replaced', async () => {
    const code = handler(
      'console.log(request.body); request.body = request.body.length + request.body + "\\ud800!"; return request',
    );
    const { console: lines, outcome } = await run(code, { body: 'a\0b' });
    assert.deepEqual(lines, [{ level: 'log', text: 'a\0b' }]);
    assert.deepEqual(outcome, { kind: 'answered', answer: { headers: null, body: '3a\0b\ufffd!' } });
  });

  test('an exported default function is a handler, also one with the word export in it', async () => {
    const code =
      'const keep = (r) => r; export default function (request) { request.body = 1; return keep(request) }';
    assert.equal((await answerOf(code)).body, '1');
  });

  test('null drops the delivery', async () => {
    assert.equal((await run(handler('return null'))).outcome.kind, 'dropped');
  });

  test('it prints to the console, of which 100 lines of 1,000 characters are kept', async () => {
    const { console: lines } = await run(
      handler('console.warn("a", {b: 1}); console.log(new Error("no")); return request'),
    );
    assert.deepEqual(lines, [
      { level: 'warn', text: 'a {"b":1}' },
      { level: 'log', text: 'Error: no' },
    ]);
    const flood = handler('for (let n = 0; n < 500; n++) console.log("x".repeat(5000)); return request');
    const { console: kept, outcome } = await run(flood);
    assert.deepEqual([kept.length, kept[0]?.text.length, outcome.kind], [100, 1000, 'answered']);
  });
});

describe('what is wrong with a handler', () => {
  const wrong: [what: string, code: string, message: RegExp][] = [
    ['a promise', `addHandler('transform', async (request) => request)`, /promise/],
    ['nothing', handler(''), /must return a request/],
    ['a text', handler('return "request"'), /must return a request/],
    ['no body', handler('delete request.body; return request'), /has no body/],
    ['a body that is a function', handler('request.body = () => 1; return request'), /body must be/],
    ['headers that are a number', handler('request.headers = 5; return request'), /headers must be/],
    ['no handler', '1 + 1', /registers no handler/],
    ['a handler of another name', `addHandler('filter', (r) => r)`, /only "transform"/],
    ['a body of 10 MB', handler('request.body = "x".repeat(10e6); return request'), /larger than 1 MB/],
    ['a cycle', handler('request.body.self = request.body; return request'), /circular/],
  ];
  for (const [what, code, message] of wrong) {
    test(what, async () => {
      assert.match((await failureOf(code)).message, message);
    });
  }

  test('an error is told with its line and column', async () => {
    const thrown = `addHandler('transform', (request) => {\n  return request.body.data.user.name;\n});`;
    assert.deepEqual(await failureOf(thrown), {
      message: "TypeError: cannot read property 'name' of undefined",
      line: 2,
      column: 32,
    });
    const unparsed = await failureOf('export default (request) => {\n  return request +;\n};');
    assert.match(unparsed.message, /^SyntaxError/);
    assert.equal(unparsed.line, 2);
  });
});

describe('attacks', () => {
  // Each calls the one below it without a look at how much of the stack is left.
  const iterator =
    'let it = [1].values(); for (let n = 0; n < 60_000; n++) it = it.map((x) => x); const next = () => it.next();';
  const attacks: [what: string, code: string, message: RegExp][] = [
    ['an endless loop', handler('for (;;);'), /more than 1 second/],
    [
      'one that catches what interrupts it',
      handler('for (;;) try { for (;;); } catch {} finally { continue }'),
      /1 second/,
    ],
    [
      'one that ends where the interruption is caught',
      handler('try { console.log({ toJSON() { for (;;); } }) } catch {} return null'),
      /1 second/,
    ],
    ['one while the code is loaded', 'for (;;);', /1 second/],
    ['one in a getter of what is returned', handler('return { get body() { for (;;); } }'), /1 second/],
    [
      'one in the text of an error',
      handler('throw Object.assign(new Error(), { toString() { for (;;); } })'),
      /1 second/,
    ],
    [
      'one inside of a built-in function',
      handler('Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'),
      /1 second/,
    ],
    ['a regular expression', handler('/^(a+)+$/.test("a".repeat(50) + "b")'), /1 second/],
    ['memory', handler('for (const all = [];;) all.push(new Uint8Array(8e6))'), /64 MB|1 second/],
    ['one large text', handler('return { body: "x".repeat(2 ** 28) }'), /64 MB/],
    ['recursion', handler('(function f() { return f() + 1 })()'), /stack/],
    ['recursion of the parser', handler('JSON.parse("[".repeat(1e6))'), /stack/],
    ['recursion of the engine', handler(`${iterator} next()`), /deeper stack/],
    [
      'recursion of the engine in the text of an error',
      handler(`${iterator} throw Object.assign(new Error(), { toString: next })`),
      /deeper stack/,
    ],
    ['recursion in eval', handler('eval("(".repeat(1e5))'), /stack/],
    ['a getter that throws', handler('return { get body() { throw new Error("no") } }'), /Error: no/],
    [
      'an error that cannot be read',
      handler('throw new Proxy({}, { getPrototypeOf() { throw 1 }, get() { throw 2 } })'),
      /cannot be shown/,
    ],
    ['import of a module', `import fs from 'node:fs'; export default (request) => request`, /could not load/],
  ];
  for (const [what, code, message] of attacks) {
    test(what, async () => {
      assert.match((await failureOf(code)).message, message);
    });
  }

  test('a loop that catches its interruptions, in a host function and in a promise, leaves the thread alive', async () => {
    const caught =
      'try { console.log({ toJSON() { for (;;); } }) } catch {} new Promise(() => { for (;;); });';
    const { cpuMs, outcome } = await run(handler(`for (;;) { ${caught} }`), { account: 'attacker' });
    assert.equal(outcome.kind, 'failed');
    assert.ok(cpuMs < RUN_LIMITS.cpuMs + 200, 'not ended from outside');
  });

  test('frames that each catch an interruption of their own have no more than the limit, and a little', async () => {
    const frame = 'try { new Promise(() => { if (n > 0) f(n - 1); for (;;); }) } catch {} for (;;);';
    const nested = handler(`const f = (n) => { ${frame} }; for (;;) try { f(3000) } catch {}`);
    const { cpuMs, outcome } = await run(nested, { account: 'attacker' });
    assert.equal(outcome.kind, 'failed');
    assert.ok(cpuMs <= RUN_LIMITS.cpuMs + 200, `${String(cpuMs)} ms`);
  });

  test('the sandbox has no I/O, no timers and nothing of the host', async () => {
    const names = [
      'process',
      'require',
      'fetch',
      'setTimeout',
      'SharedArrayBuffer',
      'Atomics',
      'WebAssembly',
      'std',
      'os',
    ];
    const typeOfEach = `${JSON.stringify(names)}.map((name) => new console.log.constructor('return typeof ' + name)())`;
    const { body } = await answerOf(handler(`request.body = ${typeOfEach}; return request`));
    assert.deepEqual(
      JSON.parse(body ?? ''),
      names.map(() => 'undefined'),
    );
  });

  test('prototypes that code changes harm its own run alone', async () => {
    const poison =
      'Object.prototype.toJSON = () => 1; Array.prototype.map = null; JSON.stringify = () => "{}";';
    await run(poison + handler('console.log("a"); return request'));
    const counted =
      'globalThis.runs = (globalThis.runs ?? 0) + 1;' + handler('request.body = runs; return request');
    assert.equal((await answerOf(counted)).body, '1');
    assert.equal((await answerOf(counted)).body, '1');
  });

  test('names that code redefines neither stop its console nor change its answer', async () => {
    const code = 'const String = 1, Error = 2, Object = 3; JSON.stringify = JSON.parse = null;';
    const { console: lines, outcome } = await run(
      code + handler('console.log({ a: 1 }); request.body = { b: 2 }; return request'),
    );
    assert.deepEqual(lines, [{ level: 'log', text: '{"a":1}' }]);
    assert.deepEqual(outcome, { kind: 'answered', answer: { headers: null, body: '{"b":2}' } });
  });

  test('tools of the prelude that code redefines get nothing large out', async () => {
    const code = `String.prototype.slice = () => 'x'.repeat(1e6); Array.prototype.join = () => 'y'.repeat(1e6);`;
    const { console: lines } = await run(code + handler('console.log("a"); return request'));
    assert.ok(lines.every(({ text }) => text.length <= RUN_LIMITS.consoleLength));
  });

  test('an account whose runs end their threads does not hold up another', async () => {
    const endless = handler('Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)');
    const attack = Promise.all([run(endless, { account: 'endless' })]);
    let isOver = false;
    void attack.then(() => (isOver = true));
    for (let n = 0; n < 5; n += 1) await answerOf(handler('return request'));
    assert.equal(isOver, false);
    await attack;
  });
});
