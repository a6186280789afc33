import type { Pool } from 'pg';
import { MESSAGE_TEXT } from '#src/domain/messages/search-messages.ts';
import { OF_ANSWER } from '#src/domain/search/filter-terms.ts';
import { mergeSteps } from '#src/domain/search/merge-steps.ts';
import { type Span, type Step, walkSpans } from '#src/domain/search/spans.ts';
import { asciiTermsOf, type TextQuery } from '#src/domain/search/text-query.ts';
import { wordsOf } from '#src/domain/search/words.ts';
import { LAST_ID } from './place.ts';

/** Blocks of attempts that are read, and that are asked. If there are more, looking at deliveries is faster. */
const MAX_READ = 16;
const MAX_ASKED = 4096;

interface Asked {
  app: { accountId: string; id: string };
  text: TextQuery;
  /** The messages of the walk. */
  range: Span;
}

/**
 * The messages of which an attempt may hold a part of the words, found by the blocks of the search over attempts. What
 * a message holds by itself is not asked here.
 */
export class TextCandidates {
  readonly #pool: Pool;
  readonly #asked: Asked;
  readonly #steps: AsyncGenerator<Step>;
  readonly #ids = new Set<string>();
  /** All attempts from this id on were asked. */
  #through = LAST_ID;
  #toRead = MAX_READ;
  #toAsk = MAX_ASKED;

  constructor(pool: Pool, asked: Asked) {
    this.#pool = pool;
    this.#asked = asked;
    const { app, text, range } = asked;
    const source = { accountId: app.accountId, appId: app.id, list: 'attempts' } as const;
    // An attempt may be made long after its message, and never before it.
    const span = { from: range.from, to: LAST_ID };
    const steps = walkSpans(pool, {
      source,
      requiredTerms: text.words,
      orTerms: text.phrases.map((phrase) => wordsOf(phrase).map((word) => OF_ANSWER + word)),
      range: span,
      isBackwards: false,
    });
    this.#steps = mergeSteps(steps, false);
  }

  /** Their ids in the span; undefined when too many blocks would have to be read to know. */
  async in({ from, to }: Span): Promise<string[] | undefined> {
    while (this.#through > from) {
      if (this.#toRead < 0 || this.#toAsk < 0) return undefined;
      const { value: step } = (await this.#steps.next()) as IteratorResult<Step, undefined>;
      if (step === undefined) break;
      this.#toAsk -= step.count;
      if (step.mayContain) {
        this.#toRead -= step.count;
        if (this.#toRead < 0) return undefined;
        for (const id of await this.#read(step)) this.#ids.add(id);
      }
      this.#through = step.from;
    }
    return [...this.#ids].filter((id) => id >= from && id < to);
  }

  async #read(span: Span): Promise<string[]> {
    const { app, text, range } = this.#asked;
    const values: unknown[] = [app.accountId, app.id, span.from, span.to, range.from, range.to];
    const bind = (value: unknown) => `$${String(values.push(value))}`;
    const { rows } = await this.#pool.query<{ id: string }>(candidatesSql(text.phrases, bind), values);
    return rows.map(({ id }) => id);
  }
}

/**
 * SQL: messages that may hold, with their attempts in a span, all phrases, and one of them in an attempt. A text may
 * hold a phrase when it has all ASCII terms of it, or a `\u` escape, which may stand for one. A message is read once,
 * because its payload may be a megabyte and it may have thousands of attempts.
 */
function candidatesSql(phrases: readonly string[], bind: (value: unknown) => string): string {
  const parts = phrases.map((phrase, index) => {
    const terms = asciiTermsOf(phrase);
    return {
      isHeld: ['true', ...terms.map((term) => `strpos(folded, ${bind(term)}) > 0`)].join(' and '),
      name: `phrase_${String(index)}`,
    };
  });
  const ofAttempts = parts.map(({ isHeld, name }) => `bool_or(${isHeld}) as ${name}`);
  return `
    select id from (
      select message_id as id, bool_or(strpos(folded, '\\u') > 0) as escaped, ${ofAttempts.join(', ')}
      from (
        select message_id, lower(concat_ws(' ', response_body, error_message) collate "C") as folded from attempts
        where account_id = $1 and app_id = $2 and id >= $3 and id < $4 and message_id >= $5 and message_id < $6
        offset 0
      ) attempt group by message_id
    ) tried where escaped or (${parts.map(({ name }) => name).join(' or ')}) and exists (
      select from (
        select lower(${MESSAGE_TEXT} collate "C") as folded from messages
        where messages.account_id = $1 and messages.app_id = $2 and messages.id = tried.id offset 0
      ) message
      where strpos(folded, '\\u') > 0 or ${parts.map(({ isHeld, name }) => `(${name} or ${isHeld})`).join(' and ')}
      offset 0)`;
}
