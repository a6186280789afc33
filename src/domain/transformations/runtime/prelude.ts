import { RUN_LIMITS } from './run.ts';

/**
 * What runs in the sandbox before the code: a function of one that answers 32 random bits. It makes `addHandler` and
 * `Math.random`, and answers the tools by which the host gives the input and calls the code. They use what was there
 * before the code could redefine it. What the code makes of them harms its own run alone, because nothing but short
 * texts leave the sandbox, and the host checks these.
 */
export const PRELUDE = `((randomWord) => {
  const { Error, Math, Object, String, SyntaxError, TypeError, JSON: { parse, stringify } } = globalThis;
  let handler, given, seed;
  // Its memory is not counted.
  delete globalThis.SharedArrayBuffer;
  globalThis.addHandler = (name, added) => {
    if (name !== 'transform') throw new TypeError('addHandler knows only "transform"');
    if (typeof added !== 'function') throw new TypeError('addHandler needs a function');
    handler = added;
  };
  // The engine's own would answer the same in each run, because it is seeded when the engine is made. This is sfc32.
  const next = () => {
    seed ??= { a: randomWord(), b: randomWord(), c: randomWord(), count: 1 };
    const sum = (seed.a + seed.b | 0) + seed.count | 0;
    seed.count = seed.count + 1 | 0;
    seed.a = seed.b ^ seed.b >>> 9;
    seed.b = seed.c + (seed.c << 3) | 0;
    seed.c = (seed.c << 21 | seed.c >>> 11) + sum | 0;
    return sum >>> 0;
  };
  Math.random = { random() { return ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53; } }.random;
  // A body that should be JSON and is none stays a text.
  const parsed = (text) => {
    try { return parse(text); } catch (error) { if (error instanceof SyntaxError) return text; throw error; }
  };
  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value);
    if (typeof value === 'object' && value !== null) {
      try { return stringify(value) ?? String(value); } catch { return Object.prototype.toString.call(value); }
    }
    return String(value);
  };
  return {
    parse,
    stringify,
    give(requestText, bodyText, isJson, contextText) {
      const request = parse(requestText);
      request.body = isJson ? parsed(bodyText) : bodyText;
      const texts = { headers: stringify(request.headers), body: stringify(request.body) };
      given = { request, context: parse(contextText), texts };
    },
    // Answers a list: what came of it, and of a request the headers and the body, unless they are as they were.
    call(exported) {
      const called = handler ?? exported;
      if (typeof called !== 'function') return ['no handler'];
      if (given === undefined) return ['checked'];
      const { request, context, texts } = given;
      const result = called(request, context);
      if (result === null) return ['dropped'];
      if (typeof result !== 'object') return ['no request'];
      if (typeof result.then === 'function') return ['promise'];
      const { headers } = result;
      if (headers !== undefined && (typeof headers !== 'object' || headers === null)) return ['no headers'];
      const headersText = headers === undefined ? texts.headers : stringify(headers);
      const { body } = result;
      if (body === undefined) return ['no body'];
      const text = stringify(body);
      if (text === undefined) return ['no text'];
      const bodyText = typeof body === 'string' ? body : text;
      return ['answered', headersText === texts.headers ? null : headersText, text === texts.body ? null : bodyText];
    },
    line: (...values) => values.map(shown).join(' ').slice(0, ${String(RUN_LIMITS.consoleLength)}),
    describe(error) {
      const where = error instanceof Error ? String(error.stack).slice(0, 2000) : '';
      return stringify([shown(error).slice(0, ${String(RUN_LIMITS.consoleLength)}), where]);
    },
  };
})`;
