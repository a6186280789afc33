import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';
import type { LoadConnection } from './load-connection.ts';
import { type Posted, PostingRecord } from './posted.ts';

export interface OpenLoop {
  seconds: number;
  perSecond: number;
}

/**
 * Open loop: posts at a steady rate whether responses come or not, because a load that waits for slow responses hides
 * them (coordinated omission). A message waits when every connection is busy, and its latency includes the wait.
 */
export async function postOpenLoop(connections: LoadConnection[], pace: OpenLoop): Promise<Posted> {
  const record = new PostingRecord();
  const idle = [...connections];
  const waiting: number[] = [];
  let answered = 0;
  const done = Promise.withResolvers<undefined>();
  const total = Math.ceil(pace.seconds * pace.perSecond);

  const dispatch = (number: number) => {
    const connection = idle.pop();
    if (connection === undefined) {
      waiting.push(number);
      return;
    }
    connection.post(number, (status) => {
      record.answer(number, status);
      answered += 1;
      if (answered === total) done.resolve(undefined);
      if (connection.isOpen) idle.push(connection);
      const next = waiting.shift();
      if (next !== undefined) dispatch(next);
    });
  };

  const startedAtMs = monotonicMs();
  while (record.sent < total) {
    while (record.sent < total && startedAtMs + (record.sent * 1000) / pace.perSecond <= monotonicMs()) {
      dispatch(record.send());
    }
    await pause(1);
  }
  await done.promise;
  return record.finish();
}
