import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { after, test } from 'node:test';
import type { PoolClient } from 'pg';
import { createPool } from '#src/infra/database/connection.ts';
import { ask, following, pipelined, type Statement } from '#src/infra/database/pipelined.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { eventually } from '#test/support/eventually.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { someoneWaits } from '#test/support/lock-waits.ts';
import { startProgram } from '#test/support/program.ts';

const TRANSACTION_TO_KILL = 'test/support/programs/transaction-to-kill.ts';

const database = await createTestDatabase({ isEmpty: true });
// One connection: what a transaction leaves behind on it, the next one would meet.
const pool = createPool({ url: database.url, max: 1, applicationName: 'test', onError: () => {} });
await pool.query('create table notes (n int unique deferrable initially deferred)');
after(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

async function notes(): Promise<number[]> {
  const { rows } = await pool.query<{ n: number }>('select n from notes order by n');
  return rows.map(({ n }) => n);
}

test('a transaction answers what its statements gave', async () => {
  const answers = await pipelined(pool, [
    async (client) => (await client.query('insert into notes values (1)')).rowCount,
    async (client) => (await client.query<{ two: number }>('select 2 as two')).rows[0]?.two,
  ]);
  assert.deepEqual(answers, [1, 2]);
  assert.deepEqual(await notes(), [1]);
});

test('with a statement that PostgreSQL refuses nothing is committed', async () => {
  const before = await notes();
  await assert.rejects(
    pipelined(pool, [
      (client) => client.query('insert into notes values (100)'),
      (client) => client.query('select 1 / 0'),
      (client) => client.query('insert into notes values (101)'),
    ]),
    /division by zero/,
  );
  assert.deepEqual(await notes(), before);
});

test('the error tells what PostgreSQL refused, whichever is met first', async () => {
  const slowly: Statement<unknown> = async (client) => {
    const asked = client.query('select 1 / 0');
    await asked.catch(nextTurn);
    return asked;
  };
  await assert.rejects(
    pipelined(pool, [slowly, (client) => client.query('insert into notes values (102)')]),
    { code: '22012' },
  );
});

test('a named statement that was skipped after a failure is prepared by the next transaction', async () => {
  const named: Statement<unknown> = (client) => client.query({ name: 'two', text: 'select 2' });
  await assert.rejects(pipelined(pool, [(client) => client.query('select 1 / 0'), named]), /division/);
  await pipelined(pool, [named]);
  await pipelined(pool, [named]);
});

test('a statement that waits for an answer is awaited, however many queries another one has sent', async () => {
  const before = await notes();
  const two = ask((client) =>
    Promise.all([client.query('insert into notes values (150)'), client.query('select 1')]),
  );
  await assert.rejects(
    pipelined(pool, [
      two.statement,
      ...following(two.answer, [(client: PoolClient) => client.query('select 1 / 0')]),
    ]),
    /division by zero/,
  );
  assert.deepEqual(await notes(), before);
});

test('a statement that hides its failure does not pass for a commit', async () => {
  const before = await notes();
  await assert.rejects(
    pipelined(pool, [
      (client) => client.query('insert into notes values (200)'),
      (client) => client.query('select 1 / 0').catch(() => undefined),
    ]),
    /not committed/,
  );
  assert.deepEqual(await notes(), before);
});

test('what fails only at COMMIT is an error too', async () => {
  await pool.query('insert into notes values (300)');
  await assert.rejects(
    pipelined(pool, [(client) => client.query('insert into notes values (300)')]),
    /duplicate key/,
  );
  assert.equal((await notes()).filter((n) => n === 300).length, 1);
});

test('a statement that fails before it reaches PostgreSQL takes the others back', async () => {
  const before = await notes();
  await assert.rejects(
    pipelined(pool, [
      (client) => client.query('insert into notes values (400)'),
      () => Promise.reject(new Error('never sent')),
    ]),
    /never sent/,
  );
  assert.deepEqual(await notes(), before);
});

test('a statement whose values cannot be written takes the others back', async () => {
  const before = await notes();
  const unwritable = {
    toPostgres: () => {
      throw new Error('never written');
    },
  };
  await assert.rejects(
    pipelined(pool, [
      (client) => client.query('insert into notes values (450)'),
      (client) => client.query('insert into notes values ($1)', [unwritable]),
    ]),
    /never written/,
  );
  assert.deepEqual(await notes(), before);
});

test('a statement that comes late is waited for, and is in the same transaction', async () => {
  const transactionId = `select pg_current_xact_id()::text as id`;
  const [early, late] = await pipelined(pool, [
    async (client) => (await client.query<{ id: string }>(transactionId)).rows[0]?.id,
    async (client) => {
      await nextTurn();
      return (await client.query<{ id: string }>(transactionId)).rows[0]?.id;
    },
  ]);
  assert.ok(early !== undefined);
  assert.equal(late, early);
});

test('a late statement that fails takes the others back', async () => {
  const before = await notes();
  await assert.rejects(
    pipelined(pool, [
      (client) => client.query('insert into notes values (500)'),
      async (client) => {
        await nextTurn();
        return client.query('select 1 / 0');
      },
    ]),
    /division by zero/,
  );
  assert.deepEqual(await notes(), before);
});

test('a connection that is cut in between commits nothing, and the next one is another', async () => {
  const before = await notes();
  await assert.rejects(
    pipelined(pool, [
      (client) => client.query('insert into notes values (600)'),
      (client) => client.query('select pg_terminate_backend(pg_backend_pid())'),
      (client) => client.query('insert into notes values (601)'),
    ]),
  );
  assert.deepEqual(await notes(), before);
});

test('what was sent is committed, though its process dies before the first answer', async (t) => {
  await pool.query('delete from notes');
  const others = createPool({ url: database.url, max: 2, applicationName: 'test', onError: () => {} });
  t.after(() => others.end());
  await using held = await holdTransaction(others);
  await held.query('lock table notes');
  await using victim = startProgram(process.execPath, [TRANSACTION_TO_KILL, database.url]);
  await someoneWaits(others, 'lock table notes');
  victim.kill('SIGKILL');
  await victim.ended;
  assert.deepEqual((await held.query('select n from notes')).rows, []);
  await held.commit();
  await eventually('committed', async () => (await notes()).length > 0);
  assert.deepEqual(await notes(), [900, 901]);
});

test('statements that follow on an answer have it, keep their order, and commit with it', async () => {
  await pool.query('delete from notes');
  const asked = ask(async (client) => (await client.query<{ n: number }>('select 600 as n')).rows[0]?.n ?? 0);
  const insertNext = (client: PoolClient, first: number) =>
    client.query('insert into notes select coalesce(max(n) + 1, $1) from notes', [first]);
  const notice: Statement<number[]> = async (client) =>
    (await client.query<{ n: number }>('select n from notes order by n')).rows.map(({ n }) => n);
  const answers = await pipelined(pool, [
    asked.statement,
    ...following(asked.answer, [insertNext, notice, insertNext, notice]),
  ]);
  assert.deepEqual([answers[2], answers[4]], [[600], [600, 601]]);
  assert.deepEqual(await notes(), [600, 601]);
});

test('statements that follow on an answer which fails are not sent', async () => {
  const before = await notes();
  const asked = ask((client) => client.query('select 1 / 0'));
  const insert: Statement<unknown> = (client) => client.query('insert into notes values (700)');
  await assert.rejects(
    pipelined(pool, [asked.statement, ...following(asked.answer, [insert])]),
    /division by zero/,
  );
  assert.deepEqual(await notes(), before);
});

test('on Citus each statement waits for the one before it, and all are committed', async () => {
  await pool.query('delete from notes');
  await pool.query('create table two_phase (nothing boolean)');
  const onCitus = createPool({
    url: database.url,
    engine: 'citus',
    max: 1,
    applicationName: 'test',
    onError: () => {},
  });
  let isAnswered = false;
  const several: Statement<void> = async (client) => {
    await client.query('insert into notes values (800)');
    await client.query('insert into notes values (801)');
    isAnswered = true;
  };
  const [, wasAnswered] = await pipelined(onCitus, [
    several,
    async (client) => {
      const before = isAnswered;
      await client.query('insert into notes values (802)');
      return before;
    },
  ]);
  assert.equal(wasAnswered, true);
  const asked = ask((client) => client.query('select 1 / 0'));
  await assert.rejects(
    pipelined(onCitus, [several, asked.statement, ...following(asked.answer, [several])]),
    /division by zero/,
  );
  assert.deepEqual(await notes(), [800, 801, 802]);
  await onCitus.end();
});

test('lists of UUIDs arrive as pg reads them: plain ones, and those with NULL or two dimensions', async () => {
  const [a, b] = [randomUUID(), randomUUID()];
  const lists = ['{}', `{${a}}`, `{${a},${b}}`, `{${a},NULL}`, `{{${a}},{${b}}}`, `[0:1]={${a},${b}}`];
  const read: unknown[] = [];
  for (const list of lists) {
    const { rows } = await pool.query<{ list: unknown }>('select $1::uuid[] as list', [list]);
    read.push(rows[0]?.list);
  }
  assert.deepEqual(read, [[], [a], [a, b], [a, null], [[a], [b]], [a, b]]);
});
