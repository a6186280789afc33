import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Statement } from './pipelined.ts';

/**
 * Several statements, one after the other, as one of `pipelined`. They begin when the others are on their way, so
 * that COMMIT waits for all of them.
 */
export const inSequence =
  <T>(issue: Statement<T>): Statement<T> =>
  async (client) => {
    await nextTurn();
    return issue(client);
  };
