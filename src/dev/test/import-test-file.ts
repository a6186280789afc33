import { type AsyncHook, createHook } from 'node:async_hooks';

let hook: AsyncHook | undefined;

/**
 * Imports a file whose tests become part of the test that this is called in. node:test finds the test that a call of
 * `test`, `describe` or `after` is in by an async hook, which is called for each promise that is made and for each that
 * is collected: 15 % of the CPU of the tests. Files make those calls while they are imported, so the hook is off while
 * their tests run, where `t.test` and `t.after` need none. An error that no test catches fails the run all the same,
 * but is no longer said to be of its test.
 */
export async function importTestFile(url: string): Promise<void> {
  hook?.enable();
  try {
    await import(url);
  } finally {
    hook?.disable();
  }
}

/** To be called before the first use of node:test, which makes its hook then and keeps it to itself. */
export function takeHookOfTestRunner(): void {
  const prototype = Object.getPrototypeOf(createHook({})) as AsyncHook;
  const { enable } = prototype;
  prototype.enable = function (this: AsyncHook) {
    prototype.enable = enable;
    return (hook = enable.call(this));
  };
}
