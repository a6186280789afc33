import { RE2JS } from 're2js';

/**
 * A pattern that takes time in proportion to the text, whatever both are: `^(a+)+$` may stop the process otherwise. What
 * cannot be matched so (looking ahead or behind, references to groups) throws.
 */
export const linearPattern = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // Ajv tells one pattern from another by this.
    return { test: (text: string) => compiled.test(text), toString: () => pattern };
  },
  // For code that is written to a file; ours never is.
  { code: 'linearPattern' },
);
