import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CheckingThread } from '#src/domain/event-schemas/checking-thread.ts';
import { SchemaChecker } from '#src/domain/event-schemas/schema-checker.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';

const warned: string[] = [];
const logger = createLogger('warn', { write: (line: string) => warned.push(line) });
const checker = new SchemaChecker({ logger, limitMs: 600 });
after(() => checker.close());

const check = (schema: object, data: unknown = null) =>
  checker.check('mine', {
    schema: JSON.stringify(schema),
    data: data === null ? null : JSON.stringify(data),
  });
const placesOf = async (schema: object, data: unknown = null) =>
  (await check(schema, data)).map(({ of, path, message }) => `${of} ${path}: ${message}`);

describe('data', () => {
  const order = {
    type: 'object',
    required: ['id', 'lines'],
    additionalProperties: false,
    properties: {
      id: { type: 'integer' },
      mail: { type: 'string', format: 'email' },
      state: { enum: ['open', 'paid'] },
      lines: { type: 'array', items: { $ref: '#/$defs/line' } },
    },
    $defs: { line: { type: 'object', properties: { 'a/b.c': { type: 'number', minimum: 0 } } } },
  };
  const good = { id: 1, mail: 'ada@example.com', state: 'paid', lines: [{ 'a/b.c': 1 }] };

  test('that is as the schema says has no problem', async () => {
    assert.deepEqual(await placesOf(order, good), []);
  });

  const wrong: [object, string][] = [
    [{ ...good, id: '1' }, 'data id: must be integer'],
    [{ lines: [] }, 'data id: is required'],
    [{ ...good, lines: [{}, { 'a/b.c': -1 }] }, 'data lines.1.a/b.c: must be >= 0'],
    [{ ...good, colour: 'blue' }, 'data colour: is not in the schema'],
    [{ ...good, state: 'gone' }, 'data state: must be "open" or "paid"'],
    [{ ...good, mail: 'ada' }, 'data mail: must match format "email"'],
    [[], 'data : must be object'],
  ];
  for (const [data, problem] of wrong) {
    test(`${JSON.stringify(data)}: ${problem}`, async () => {
      assert.deepEqual(await placesOf(order, data), [problem]);
    });
  }

  test('that is not JSON, or too deep for a schema that follows it, is refused', async () => {
    const schema = JSON.stringify({ items: { $ref: '#' } });
    const [notJson] = await checker.check('mine', { schema, data: '<a/>' });
    assert.equal(notJson?.message, 'is not JSON');
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    const [tooDeep] = await checker.check('mine', { schema, data: deep });
    assert.equal(tooDeep?.message, 'is nested more than 500 deep');
  });

  test('is checked by older drafts, when the schema says so', async () => {
    const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] };
    assert.deepEqual(await placesOf(draft7, [1]), ['data 0: must be string']);
    // Of the newest draft that is no schema.
    assert.match((await placesOf({ items: [{ type: 'string' }] }, [1]))[0] ?? '', /^schema items: /);
  });
});

describe('a schema', () => {
  const refused: [string, object, RegExp][] = [
    ['with a wrong keyword', { properties: { a: { type: 'text' } } }, /^schema properties\.a\.type: must be/],
    [
      'that refers to a document',
      { properties: { a: { $ref: 'https://example.com/a.json' } } },
      /^schema properties\.a\.\$ref: must be a reference into the schema itself/,
    ],
    ['that refers to what it has not', { $ref: '#/$defs/none' }, /^schema : cannot be used: can't resolve/],
    [
      'with a pattern that looks ahead',
      { properties: { a: { pattern: '^(?=a)' } } },
      /^schema properties\.a\.pattern: must be a pattern without/,
    ],
    [
      'with a name that is such a pattern',
      { patternProperties: { '(a)\\1': {} } },
      /^schema patternProperties\.\(a\)\\1: must be a pattern without/,
    ],
    ['of a draft that we do not know', { $schema: 'https://example.com/mine' }, /^schema \$schema: must be/],
  ];
  for (const [name, schema, problem] of refused) {
    test(`${name} is refused, with the place`, async () => {
      assert.match((await placesOf(schema))[0] ?? '', problem);
    });
  }

  test('may have data and properties that look like keywords', async () => {
    const schema = {
      properties: { pattern: { type: 'string' }, $ref: { type: 'string' } },
      examples: [{ $ref: 'https://example.com/', pattern: '(?=a)' }],
      const: { pattern: '(?=a)', $ref: 'x' },
    };
    assert.deepEqual(await placesOf(schema, { pattern: '(?=a)', $ref: 'x' }), []);
  });

  test('that would take for ever is stopped, and those beside it are answered', async () => {
    const levels = Array.from({ length: 60 }, (_, n) => [
      `l${String(n)}`,
      { allOf: [{ $ref: `#/$defs/l${String(n + 1)}` }, { $ref: `#/$defs/l${String(n + 1)}` }] },
    ]);
    const endless = {
      $ref: '#/$defs/l0',
      $defs: { ...Object.fromEntries(levels), l60: { type: 'integer' } },
    };
    const ask = (schema: object) => check(schema, 1);
    const [before, stopped, after, again] = await Promise.all(
      [{ type: 'string' }, endless, { type: 'integer' }, endless].map(ask),
    );
    assert.equal(before?.[0]?.message, 'must be string');
    assert.match(stopped?.[0]?.message ?? '', /^takes too long/);
    assert.deepEqual(after, []);
    assert.match(again?.[0]?.message ?? '', /^takes too long/);
    // It is remembered, so that it holds up nobody again.
    const stops = warned.length;
    assert.match((await ask(endless))[0]?.message ?? '', /^takes too long/);
    assert.equal(warned.length, stops, 'it was not tried again');
  });

  test('with several patterns is held to each', async () => {
    const schema = { properties: { a: { pattern: '^a' }, b: { pattern: '^b' } } };
    assert.deepEqual(await placesOf(schema, { a: 'a', b: 'b' }), []);
    assert.deepEqual(await placesOf(schema, { a: 'a', b: 'a' }), ['data b: must match pattern "^b"']);
  });

  test('with a pattern that is exponential elsewhere is checked at once', async () => {
    assert.deepEqual(await placesOf({ pattern: '^(a+)+$' }, `${'a'.repeat(20_000)}!`), [
      'data : must match pattern "^(a+)+$"',
    ]);
  });
});

describe('an account whose schemas take for ever', () => {
  const endless = (name: string) => {
    const levels = Array.from({ length: 60 }, (_, n) => [
      `l${String(n)}`,
      { allOf: [{ $ref: `#/$defs/l${String(n + 1)}` }, { $ref: `#/$defs/l${String(n + 1)}` }] },
    ]);
    const $defs = { ...Object.fromEntries(levels), l60: { type: 'integer' } };
    return JSON.stringify({ title: name, $ref: '#/$defs/l0', $defs });
  };

  test('is stopped once for each schema, however many messages wait for it', async () => {
    const stops: string[] = [];
    const one = new SchemaChecker({
      logger: createLogger('warn', { write: (line: string) => stops.push(line) }),
      limitMs: 100,
    });
    const schema = endless('same');
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => one.check('bad', { schema, data: '1' })),
    );
    assert.deepEqual(
      answers.filter(([problem]) => problem?.message.startsWith('takes too long') !== true),
      [],
    );
    await one.close();
    // Once beside the others, and once apart from them.
    assert.equal(stops.length, 2);
  });

  test('keeps no other account from its answers', async () => {
    const slow = startHeldThread();
    const one = new SchemaChecker({ logger: slow.logger, limitMs: 100, isolationThread: slow.thread });
    const bad = Array.from({ length: 3 }, (_, n) =>
      one.check('bad', { schema: endless(String(n)), data: '1' }),
    );
    const good = Array.from({ length: 6 }, () =>
      one.check('good', { schema: '{"type":"integer"}', data: '"1"' }),
    );
    assert.deepEqual(
      (await Promise.all(good)).map(({ length }) => length),
      [1, 1, 1, 1, 1, 1],
    );
    slow.release();
    for (const [problem] of await Promise.all(bad)) assert.match(problem?.message ?? '', /^takes too long/);
    await one.close();
  });
});

test('an account whose many questions take long together keeps no other from its answers', async () => {
  const slow = startHeldThread();
  const one = new SchemaChecker({ logger: slow.logger, sharedAccountMs: 50, isolationThread: slow.thread });
  const ended: string[] = [];
  // Each compared with each: some hundredths of a second, which alone nobody is set apart for.
  const schema = '{"uniqueItems":true}';
  const data = JSON.stringify(Array.from({ length: 700 }, (_, id) => ({ id })));
  const ask = async (accountId: string, question: { schema: string; data: string }) => {
    const problems = await one.check(accountId, question);
    ended.push(accountId);
    return problems.length;
  };
  const many = Array.from({ length: 100 }, () => ask('many', { schema, data }));
  // What comes in the next turn is asked after the first fifty.
  await setImmediate();
  assert.equal(await ask('good', { schema: '{"type":"integer"}', data: '"1"' }), 1);
  assert.ok(ended.length < 50, `after ${String(ended.length)} of the others`);
  slow.release();
  assert.equal((await Promise.all(many)).join(''), '0'.repeat(100));
  await one.close();
});

/**
 * A thread that answers nothing of what is asked apart until it is released: whoever is answered has not waited for
 * it.
 */
function startHeldThread() {
  const logger = createLogger('silent');
  const released = Promise.withResolvers<undefined>();
  const thread = new CheckingThread(logger);
  return {
    logger,
    release: () => released.resolve(undefined),
    thread: {
      ask: async (...asked: Parameters<CheckingThread['ask']>) => {
        await released.promise;
        return thread.ask(...asked);
      },
      end: () => thread.end(),
    },
  };
}
