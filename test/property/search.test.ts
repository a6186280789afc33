import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Found } from '#src/domain/search/search.ts';
import { SearchIndex } from '#src/domain/search/search-index.ts';
import { parseTextQuery, type TextQuery } from '#src/domain/search/text-query.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { placeOf } from '#src/infra/lib/place.ts';
import {
  addAttempts,
  addMessages,
  idsSince,
  type LoggedAttempt,
  type LoggedMessage,
} from '#test/support/searched-log.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createSubscribedApp, EVENT_TYPE, type SubscribedApp } from '#test/support/subscribed-app.ts';

// A search finds what a naive scan of every row finds, whatever is indexed by then: the newest rows are not, a part has
// been, and what came late has been counted again.

const HOUR_MS = 3_600_000;
const ROUNDS = 3;
const QUERIES = 12;
const PIECES = [
  'Order',
  '4711',
  'order-4711',
  'a_b',
  '100%',
  'É',
  'café',
  'CAFÉ',
  'straße',
  'x@y.io',
  '注文書',
  'https://a.b/c',
  'k',
  'İ',
  '\u212a',
  'ΟΔΟΣ',
  '𝒜b',
  'tab\tbed',
  "o'neil",
  'C:\\new',
  '"said"',
  'e\u0301',
  '%',
  '_',
  'rare1',
  'rare2',
  'ord',
  'user.created',
];
const EVENT_IDS = ['order-4711', 'rare1', 'Order 42', 'k'];
const SEPARATORS = [' ', ', ', '/', '-', '\n', ''];

let server: TestServer;
let owner: SubscribedApp;
let neighbour: SubscribedApp;
const clock = { ms: Date.now(), now: () => clock.ms, monotonicNow: () => clock.ms };

before(async () => {
  server = await startTestServer({ runs: 'web' });
  owner = await createSubscribedApp(server, { url: 'https://example.com/' });
  neighbour = await createSubscribedApp(server, { url: 'https://example.com/' });
});
after(() => server[Symbol.asyncDispose]());

test('a search finds what a scan of every row finds, in order, page by page, both ways', async (t) => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`SEED=${String(seed)}`);
  const random = randomOf(seed);
  const { pool, logger } = server.container;
  const index = new SearchIndex({ pool, clock, logger, blockRows: 2 });
  const messages: Written<LoggedMessage>[] = [];
  const attempts: Written<LoggedAttempt>[] = [];

  const holdsInAttempt = (q: string, messageId: string) =>
    attempts.some(({ row, texts }) => row.messageId === messageId && finds(q, texts));
  const deliveries = async (app: SubscribedApp['app'], text: TextQuery, paging: Paging) => {
    const { rows, ...rest } = await server.container.deliveryLog.search(app, { text }, paging);
    return { ...rest, rows: rows.map(({ place: id }) => ({ id })) };
  };

  for (let round = 0; round < ROUNDS; round += 1) {
    const nowMs = Date.now();
    const ageMs = round === ROUNDS - 1 ? 1000 : HOUR_MS * (ROUNDS - round);
    // Every other of them comes late: after the rows around it are in the index.
    for (const isLate of [false, true]) {
      const some = idsSince(ageMs + (isLate ? 1 : 0), 60, nowMs).map((id) => message(id, random));
      const tries = idsSince(ageMs - 500 + (isLate ? 1 : 0), 60, nowMs).map((id, at) =>
        attempt(id, some[at % 20], random),
      );
      await addMessages(
        pool,
        owner,
        some.map(({ row }) => row),
      );
      await addMessages(
        pool,
        neighbour,
        idsSince(ageMs, 60).map((id) => message(id, random).row),
      );
      await addAttempts(
        pool,
        owner,
        tries.map(({ row }) => row),
      );
      messages.push(...some);
      attempts.push(...tries);
      await index.catchUp();
    }
    clock.ms += HOUR_MS / 2;
    await index.catchUp();

    for (let n = 0; n < QUERIES; n += 1) {
      const q = randomQuery(random);
      const text = parseTextQuery(q);
      if (text === undefined) continue;
      const limit = 5 + random(40);
      const app = owner.app;
      const expected = messages.filter(({ texts }) => finds(q, texts)).map(({ row }) => row.id);
      await assertPages((paging) => server.container.messages.search(app, { text }, paging), {
        expected,
        limit,
        q,
      });
      const status = random(2) === 0 ? undefined : 'failed';
      const hits = attempts.filter(
        ({ row, texts }) => finds(q, texts) && (status === undefined || !row.succeeded),
      );
      await assertPages((paging) => server.container.attempts.search(app, { text, status }, paging), {
        expected: hits.map(({ row }) => row.id),
        limit,
        q,
      });
      await assertPages((paging) => deliveries(app, text, paging), {
        expected: messages
          .filter(({ row, texts }) => finds(q, texts) || holdsInAttempt(q, row.id))
          .map(({ row }) => placeOf(row.id, owner.endpoint.id)),
        limit,
        q: `${q} of deliveries`,
      });
    }
    const failed = attempts.filter(({ row }) => row.statusCode === 503).map(({ row }) => row.id);
    await assertPages(
      (paging) =>
        server.container.attempts.search(
          owner.app,
          { statusCode: 503, endpointId: owner.endpoint.id },
          paging,
        ),
      { expected: failed, limit: 5, q: '503' },
    );
  }
});

interface Written<T> {
  row: T;
  /** As a person reads them. */
  texts: string[];
}

interface Expected {
  expected: string[];
  limit: number;
  q: string;
}

type Find = (paging: Paging) => Promise<Found<{ id: string }>>;

async function assertPages(find: Find, { expected, limit, q }: Expected): Promise<void> {
  const newestFirst = expected.toSorted().reverse();
  const down = await follow(
    limit,
    (before) => find({ limit, offset: 0, before }),
    (rows) => rows.at(-1)?.id,
  );
  assert.deepEqual(down.flat(), newestFirst, `older and older: ${q}`);
  const up = await follow(
    limit,
    (from = FIRST) => find({ limit, offset: 0, after: from }),
    (rows) => rows[0]?.id,
  );
  assert.deepEqual(up.reverse().flat(), newestFirst, `newer and newer: ${q}`);
  const skipped = await find({ limit, offset: 3 });
  if (skipped.resumeAfter === undefined) {
    assert.deepEqual(
      skipped.rows.map(({ id }) => id),
      newestFirst.slice(3, 3 + limit),
      `skipped: ${q}`,
    );
  }
}

const FIRST = '00000000-0000-0000-0000-000000000000';

async function follow(
  limit: number,
  read: (cursor?: string) => ReturnType<Find>,
  end: (rows: { id: string }[]) => string | undefined,
): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  for (;;) {
    const { rows, resumeAfter } = await read(cursor);
    pages.push(rows.map(({ id }) => id));
    const next = resumeAfter ?? (rows.length === limit ? end(rows) : undefined);
    if (next === undefined) return pages;
    cursor = next;
  }
}

/** The oracle: by a regular expression, on the text without escapes. */
function finds(q: string, texts: string[]): boolean {
  const terms = [...q.matchAll(/"([^"]*)"?|[^\s"]+/g)].map(([piece, quoted]) => (quoted ?? piece).trim());
  return terms
    .filter((term) => /[\p{L}\p{N}\p{M}]/u.test(term))
    .every((term) => texts.some((text) => standsIn(lower(text), lower(term))));
}

/** Two letters join to a word, except where each is one, as in Chinese. */
const LETTER = String.raw`[\p{L}\p{N}\p{M}]`;
const ALONE = String.raw`\p{Script=Han}`;

function standsIn(text: string, term: string): boolean {
  const spelled = term.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  const start = new RegExp(`^(?!${ALONE})${LETTER}`, 'u').test(term) ? `(?<!(?!${ALONE})${LETTER})` : '';
  const end = new RegExp(`(?!${ALONE})${LETTER}$`, 'u').test(term) ? `(?!(?!${ALONE})${LETTER})` : '';
  return new RegExp(`${start}${spelled}${end}`, 'u').test(text);
}

const lower = (text: string) => text.replace(/[^İ\u212a]/gu, (one) => one.toLowerCase());

function message(id: string, random: Random): Written<LoggedMessage> {
  const text = randomText(random);
  const eventId = EVENT_IDS[random(12)];
  const row = { id, data: written({ text }, random), ...(eventId === undefined ? {} : { eventId }) };
  return { row, texts: [text, 'text', EVENT_TYPE, eventId ?? ''] };
}

function attempt(id: string, of: Written<LoggedMessage> | undefined, random: Random): Written<LoggedAttempt> {
  assert.ok(of);
  const text = random(3) === 0 ? `OK ${randomText(random)}` : null;
  const statusCode = random(10) === 0 ? 503 : 200;
  const responseBody = text === null || random(2) === 0 ? text : written([text], random);
  const row = { id, messageId: of.row.id, succeeded: statusCode === 200, statusCode, responseBody };
  return { row, texts: [...of.texts, ...(text === null ? [] : [text])] };
}

/** As JSON writers write: some escape what is not ASCII, or slashes. */
function written(value: unknown, random: Random): string {
  const json = JSON.stringify(value, null, random(2) * 2);
  const style = random(4);
  if (style === 0) return json.replaceAll('/', String.raw`\/`);
  if (style === 1) return json.replace(/[^\0-\x7f]/g, (one) => escaped(one));
  if (style === 2) return json.replace(/[kd]/g, (one) => escaped(one).toUpperCase().replace('U', 'u'));
  return json;
}

const escaped = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;

function randomText(random: Random): string {
  return Array.from({ length: 1 + random(6) }, () => pick(PIECES, random) + pick(SEPARATORS, random)).join(
    '',
  );
}

function randomQuery(random: Random): string {
  const one = () =>
    random(4) === 0 ? `"${pick(PIECES, random)} ${pick(PIECES, random)}"` : pick(PIECES, random);
  return random(5) === 0 ? `${one()} ${one()}` : one();
}

type Random = (below: number) => number;
const pick = <T>(from: readonly T[], random: Random): T => from[random(from.length)] as T;

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
