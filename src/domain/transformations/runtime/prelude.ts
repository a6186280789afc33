import { RUN_LIMITS } from './run.ts';

/**
 * What runs in the sandbox before the code, in each run, and so has few words: parsing it takes as long as making an
 * engine. It makes `addHandler`, and answers the tools by which the sandbox calls the code, from before the code could
 * redefine them. What the code makes of them harms its own run alone, because nothing but short texts leave the
 * sandbox, and the host checks these.
 */
export const PRELUDE = `(() => {
  const { Error, Object, String, TypeError, JSON: { parse, stringify } } = globalThis;
  let handler;
  // Its memory is not counted.
  delete globalThis.SharedArrayBuffer;
  globalThis.addHandler = (name, given) => {
    if (name !== 'transform') throw new TypeError('addHandler knows only "transform"');
    if (typeof given !== 'function') throw new TypeError('addHandler needs a function');
    handler = given;
  };
  return { Error, Object, String, parse, stringify, get: (of, name) => of[name], handler: () => handler };
})()`;

/** What shows values, for a run that prints or fails; it is called with what {@link PRELUDE} answered. */
export const SHOWING = `({ Error, Object, String, stringify }) => {
  const shown = (value) => {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return String(value);
    if (typeof value === 'object' && value !== null) {
      try { return stringify(value) ?? String(value); } catch { return Object.prototype.toString.call(value); }
    }
    return String(value);
  };
  return {
    line: (...values) => values.map(shown).join(' ').slice(0, ${String(RUN_LIMITS.consoleLength)}),
    describe(error) {
      const where = error instanceof Error ? String(error.stack).slice(0, 2000) : '';
      return stringify([shown(error).slice(0, ${String(RUN_LIMITS.consoleLength)}), where]);
    },
  };
}`;
