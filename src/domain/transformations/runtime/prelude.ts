import { CONSOLE_LEVELS, RUN_LIMITS } from './run.ts';

/**
 * What runs in the sandbox before the code. It makes `console` and `addHandler`, and answers the functions by which the
 * sandbox calls the code. The code may redefine whatever this uses: that harms its own run alone, because nothing but
 * short texts leave the sandbox, and the host checks these.
 */
export const PRELUDE = `(function (log, answer) {
  'use strict';
  // Its memory is not counted.
  delete globalThis.SharedArrayBuffer;
  const { parse, stringify } = JSON;
  const textOf = String;
  const handlers = { __proto__: null };
  let original, request, context, lines = 0;

  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return textOf(value);
    if (typeof value === 'object' && value !== null) {
      try { return stringify(value) ?? textOf(value); } catch { return Object.prototype.toString.call(value); }
    }
    return textOf(value);
  };
  const print = (level) => (...values) => {
    lines += 1;
    if (lines > ${String(RUN_LIMITS.consoleLines)}) return;
    log(level, values.map(shown).join(' ').slice(0, ${String(RUN_LIMITS.consoleLength)}));
  };
  globalThis.console = Object.fromEntries(${JSON.stringify(CONSOLE_LEVELS)}.map((level) => [level, print(level)]));
  globalThis.addHandler = (name, handler) => {
    if (name !== 'transform') throw new TypeError('addHandler knows only "transform"');
    if (typeof handler !== 'function') throw new TypeError('addHandler needs a function');
    handlers.transform = handler;
  };

  const headersOf = (headers) => {
    if (headers === undefined) return null;
    if (typeof headers !== 'object' || headers === null) throw new TypeError('headers must be an object');
    return stringify(headers);
  };
  const bodyOf = (body) => {
    if (body === undefined) throw new TypeError('the request that it returned has no body');
    const text = stringify(body);
    if (text === original) return null;
    if (text === undefined) throw new TypeError('body must be text, or what JSON can hold');
    return typeof body === 'string' ? body : text;
  };

  return {
    give(requestText, bodyText, isJson, contextText) {
      request = parse(requestText);
      context = parse(contextText);
      request.body = bodyText;
      if (isJson) try { request.body = parse(bodyText); } catch (error) { if (!(error instanceof SyntaxError)) throw error; }
      original = stringify(request.body);
    },
    has: (exported) => typeof (handlers.transform ?? exported) === 'function',
    call(exported) {
      const result = (handlers.transform ?? exported)(request, context);
      if (result === null) return 'dropped';
      if (typeof result !== 'object') throw new TypeError('it must return a request, or null to send nothing');
      if (typeof result.then === 'function') throw new TypeError('it returned a promise: transformations are synchronous');
      answer(headersOf(result.headers), bodyOf(result.body));
      return 'answered';
    },
    describe(error) {
      const where = error instanceof Error ? textOf(error.stack).slice(0, 2000) : '';
      return stringify([shown(error).slice(0, ${String(RUN_LIMITS.consoleLength)}), where]);
    },
  };
})`;
