import { appendFileSync } from 'node:fs';
import pg from 'pg';
import { DISTRIBUTED_TABLES } from '#src/infra/database/distributed-tables.ts';

/** The folder, set by `npm test`, into which each process writes what it sent about distributed tables. */
const { SENT_STATEMENTS } = process.env;
const NAMES_A_TABLE = new RegExp(`\\b(${DISTRIBUTED_TABLES.join('|')})\\b`);
/** Where statements pass through, whoever wrote them. */
const PASSAGES = '/src/infra/database/';

const sent = new Set<string>();

/** Notes what the product sends through pg, from now on; a test's own statements are not noted. */
export function noteStatements(): void {
  if (SENT_STATEMENTS === undefined || sent.size > 0) return;
  sent.add('');
  for (const { prototype } of [pg.Pool, pg.Client] as { prototype: { query: Query } }[]) {
    const { query } = prototype;
    prototype.query = function (this: unknown, ...given) {
      note(given[0]);
      return Reflect.apply(query, this, given);
    };
  }
}

type Query = (this: unknown, ...given: unknown[]) => unknown;

function note(given: unknown): void {
  const text = typeof given === 'string' ? given : (given as { text?: string } | undefined)?.text;
  if (text === undefined || sent.has(text) || !NAMES_A_TABLE.test(text)) return;
  const from = sender();
  if (from === undefined) return;
  sent.add(text);
  appendFileSync(
    `${String(SENT_STATEMENTS)}/${String(process.pid)}.jsonl`,
    `${JSON.stringify({ from, text })}\n`,
  );
}

/** The file of ours that wrote the statement; undefined for a test's. */
function sender(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  const frames = (new Error().stack ?? '').split('\n').slice(2);
  Error.stackTraceLimit = stackTraceLimit;
  const ours = frames.filter((frame) => /\/(src|test)\//.test(frame) && !frame.includes('node_modules'));
  const frame = ours.find((one) => !one.includes(PASSAGES) && !one.includes('/sent-statements.ts')) ?? '';
  return /\/(src\/[^:]+):/.exec(frame)?.[1];
}
