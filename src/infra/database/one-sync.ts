import type { EventEmitter } from 'node:events';
import type { ClientBase, DatabaseError } from 'pg';

/** What pg's clients have of their connection: the protocol's messages, as methods and as events. */
interface Wire extends EventEmitter {
  stream: { cork(): void; uncork(): void };
  sync: () => void;
}

/** The last message about a query that did not fail. */
const ENDS = ['commandComplete', 'closeComplete', 'emptyQuery'];

/**
 * Keeps back what `client` is asked, until the function that it returns is called. Then all of it is written at once,
 * with one Sync in place of one a query, because PostgreSQL writes its answers at a Sync, or when they fill 8 KB, and
 * rolls back when nobody can read them: with one Sync a transaction of short answers is committed also when its process
 * dies as soon as it is written.
 * The queries must be of the extended protocol. PostgreSQL skips those after one that failed.
 */
export function holdSync(client: ClientBase): () => void {
  const { connection: wire } = client as unknown as { connection: Wire };
  let queries = 0;
  wire.stream.cork();
  // Before the method of the prototype.
  wire.sync = () => void (queries += 1);
  return () => {
    Reflect.deleteProperty(wire, 'sync');
    if (queries > 0) wire.sync();
    wire.stream.uncork();
    if (queries > 1) endEach(wire, queries);
  };
}

/** Tells the client where each of the queries ends but the last, whose end PostgreSQL tells. */
function endEach(wire: Wire, queries: number): void {
  let unended = queries;
  const end = () => {
    unended -= 1;
    if (unended === 1) {
      for (const name of ENDS) wire.off(name, end);
      wire.off('errorMessage', failRest);
    }
    wire.emit('readyForQuery', { status: 'T' });
  };
  // With its SQLSTATE, so that whichever error is met first tells what PostgreSQL refused.
  const failRest = (cause: DatabaseError) => {
    const text = `Skipped and not committed, because a statement before failed: ${cause.message}`;
    wire.off('errorMessage', failRest);
    while (unended > 1) {
      end();
      wire.emit('errorMessage', Object.assign(new Error(text, { cause }), { code: cause.code }));
    }
  };
  for (const name of ENDS) wire.on(name, end);
  wire.on('errorMessage', failRest);
}
