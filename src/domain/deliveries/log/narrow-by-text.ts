import type { Pool } from 'pg';
import { nextId } from '#src/infra/database/id-range.ts';
import { MESSAGE_TEXT } from '#src/domain/messages/search-messages.ts';
import { asciiTermsSql } from '#src/domain/search/ascii-terms.ts';
import { filterInSlices } from '#src/domain/search/filter-in-slices.ts';
import type { Span, Step } from '#src/domain/search/spans.ts';
import { matches } from '#src/domain/search/searched-texts.ts';
import type { TextQuery } from '#src/domain/search/text-query.ts';
import type { TimeSlices } from '#src/domain/search/time-slices.ts';
import { TextCandidates } from './text-candidates.ts';
import type { Walk } from './walk.ts';

/** A payload may be a megabyte. */
const MESSAGES_AT_A_TIME = 16;

/** A part of the walk, and the messages there of which a delivery may hold the words; undefined: all. */
export interface Narrowed {
  span: Span;
  ids: string[] | undefined;
}

/**
 * Splits each step of a walk over messages into spans of which the messages are known that hold the words by
 * themselves, or may with an attempt. Without words each step is passed on, or skipped where nothing is.
 */
export async function* narrowByText(
  pool: Pool,
  walk: Walk & { messages: Span },
  steps: AsyncIterable<Step>,
): AsyncGenerator<Narrowed> {
  const { app, text, messages: range } = walk;
  const candidates = text === undefined ? undefined : new TextCandidates(pool, { app, text, range });
  for await (const { mayContain, from, to } of steps) {
    const span = { from, to };
    const tried = await candidates?.in(span);
    if (text === undefined) yield { span, ids: mayContain ? undefined : [] };
    else if (tried === undefined || !mayContain) yield { span, ids: tried };
    else yield* withOwnText(pool, { ...walk, text }, { span, ids: tried });
  }
}

/** Adds the messages that hold all words by themselves. */
async function* withOwnText(
  pool: Pool,
  walk: Walk & { text: TextQuery },
  { span, ids }: { span: Span; ids: string[] },
): AsyncGenerator<Narrowed> {
  const { text, isBackwards } = walk;
  for (let unread = span; unread.from < unread.to;) {
    const rows = await readTexts(pool, walk, unread);
    const last = rows.length === MESSAGES_AT_A_TIME ? rows.at(-1)?.id : undefined;
    const part = { ...unread };
    if (last !== undefined && isBackwards) part.to = nextId(last);
    else if (last !== undefined) part.from = last;
    const holding = ids.filter((id) => id >= part.from && id < part.to);
    const isMatch = ({ data, eventType, eventId }: Texts, slices: TimeSlices) =>
      matches(text, [data, eventType, eventId], slices);
    for await (const { id } of filterInSlices(rows, isMatch)) holding.push(id);
    yield { span: part, ids: holding };
    if (last === undefined) return;
    unread = isBackwards ? { ...unread, from: part.to } : { ...unread, to: part.from };
  }
}

interface Texts {
  id: string;
  data: string;
  eventType: string;
  eventId: string | null;
}

async function readTexts(
  pool: Pool,
  { app, text, eventType, isBackwards }: Walk & { text: TextQuery },
  span: Span,
): Promise<Texts[]> {
  const values: unknown[] = [app.accountId, app.id, span.from, span.to, eventType ?? null];
  const bind = (value: unknown) => `$${String(values.push(value))}`;
  const { rows } = await pool.query<Texts>(
    `select id, data, event_type as "eventType", event_id as "eventId" from messages
     where account_id = $1 and app_id = $2 and id >= $3 and id < $4 and ($5::text is null or event_type = $5)
       and ${asciiTermsSql(text.asciiTerms, MESSAGE_TEXT, bind)}
     order by id ${isBackwards ? 'asc' : 'desc'} limit ${String(MESSAGES_AT_A_TIME)}`,
    values,
  );
  return rows;
}
