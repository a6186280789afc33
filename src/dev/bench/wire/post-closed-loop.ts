import { monotonicMs } from '#src/dev/bench/monotonic-clock.ts';
import type { LoadConnection } from './load-connection.ts';
import { type Posted, PostingRecord } from './posted.ts';

export interface ClosedLoop {
  seconds: number;
  /** The loop ends earlier when this many messages were posted. */
  messages: number;
}

/** Closed loop: every connection posts its next message when the last was answered, so the server sets the rate. */
export async function postClosedLoop(connections: LoadConnection[], limits: ClosedLoop): Promise<Posted> {
  const record = new PostingRecord();
  const untilMs = monotonicMs() + limits.seconds * 1000;
  const hasMore = () => record.sent < limits.messages && monotonicMs() < untilMs;
  await Promise.all(connections.map((connection) => keepPosting(connection, record, hasMore)));
  return record.finish();
}

async function keepPosting(
  connection: LoadConnection,
  record: PostingRecord,
  hasMore: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const next = () => {
      if (!connection.isOpen || !hasMore()) {
        resolve();
        return;
      }
      const number = record.send();
      connection.post(number, (status) => {
        record.answer(number, status);
        next();
      });
    };
    next();
  });
}
