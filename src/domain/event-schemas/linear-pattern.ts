import { RE2JS } from 're2js';

/**
 * Compiles a pattern that RE2 matches in time linear in the text, because a backtracking engine takes exponential
 * time for patterns like `^(a+)+$`. Throws for a pattern with lookaround or backreferences.
 */
export const linearPattern = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // Ajv identifies a pattern by its `toString()`.
    return { test: (text: string) => compiled.test(text), toString: () => pattern };
  },
  // Ajv requires it for standalone code, which we do not generate.
  { code: 'linearPattern' },
);
