import type { Pool } from 'pg';

/** A subscriber whose name begins or ends a text, and what else the text says. */
export interface NamedSubscriber {
  id: string;
  appId: string;
  accountId: string;
  name: string;
  rest: string;
}

/** Of a name that is typed before or after other words. */
const MAX_WORDS_OF_NAME = 4;
const MAX_NAMED = 2;

/**
 * The subscribers that somebody names who types "Globex order 42" or "order-42 globex": by their uid, or by what their
 * name or a later word of it begins with. Those of the longest name first, at most two; none by one word.
 */
export async function namedSubscribers(
  pool: Pool,
  accountId: string,
  text: string,
): Promise<NamedSubscriber[]> {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const splits = Array.from({ length: Math.min(MAX_WORDS_OF_NAME, words.length - 1) }, (_, index) => [
    [words.slice(0, index + 1), words.slice(index + 1)],
    [words.slice(-index - 1), words.slice(0, -index - 1)],
  ]).flat();
  if (splits.length === 0) return [];
  const named = splits.map(([name = []]) => name.join(' '));
  const { rows } = await pool.query<NamedSubscriber>(NAMED, [
    accountId,
    named,
    named.map((name) => `${name.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`),
    splits.map(([, rest = []]) => rest.join(' ')),
  ]);
  return rows;
}

const NAMED = `
  select id, "appId", "accountId", name, rest from (
    select distinct on (s.id) s.id, s.app_id as "appId", s.account_id as "accountId", s.name, typed.rest,
      length(typed.name) as named
    from subscriptions s join unnest($2::text[], $3::text[], $4::text[]) as typed(name, pattern, rest)
      on s.uid = typed.name or s.name ilike typed.pattern or s.name ilike '% ' || typed.pattern
    where s.account_id = $1 order by s.id, length(typed.name) desc
  ) by_longest_name order by named desc, name limit ${String(MAX_NAMED)}`;
