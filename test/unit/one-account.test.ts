import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { loadModule } from 'libpg-query';
import { problemOf } from '#src/dev/test/check-statements.ts';

before(() => loadModule());

const OF_ONE_ACCOUNT = {
  'an equality': 'select id from messages where account_id = $1 and app_id = $2',
  'a constant': `delete from attempts where account_id = '00000000-0000-7000-8000-000000000001'::uuid`,
  'rows that are compared': 'select id from messages where (account_id, app_id, id) = ($1, $2, $3)',
  'a join': 'select from deliveries d join messages m on m.account_id = d.account_id where d.account_id = $1',
  'a join by its column':
    'select from deliveries d join messages m using (account_id, app_id) where m.account_id = $1',
  'a list of one account': `select found.* from unnest($2::uuid[]) as named(id) cross join lateral (
    select id from messages where messages.account_id = $1 and messages.id = named.id offset 0) found`,
  'both sides of a union': `select id from messages where account_id = $1
    union all select id from attempts where account_id = $1`,
  'a sub-query': `update deliveries set state = 'held' where account_id = $1 and exists (
    select from attempts where attempts.account_id = $1 and attempts.message_id = deliveries.message_id)`,
  values: 'insert into message_counts (account_id, day) values ($1, $2), ($1, $3) on conflict do nothing',
  'rows from a table of the account': `insert into deliveries (account_id, message_id)
    select account_id, id from messages where account_id = $1`,
  'rows of a list':
    'insert into attempts (account_id, id) select account_id, id from json_to_recordset($1) as x(account_id uuid, id uuid)',
  'rows of an insert of a list': `with written as (insert into attempts (account_id, id)
      select account_id, id from unnest($1::uuid[], $2::uuid[]) as x(account_id, id) returning account_id)
    insert into message_counts (account_id, messages) select account_id, count(*) from written group by account_id`,
  'a common table expression': `with old as (delete from deliveries where account_id = $1 returning message_id)
    select from old`,
  'the control plane': 'select id from endpoints where next_probe_at < $1',
};

const OF_SEVERAL = {
  'no account': ['select id from messages where app_id = $1', 'messages'],
  'one of two': [
    'select from deliveries d, messages m where d.account_id = $1 and m.id = d.message_id',
    'messages',
  ],
  'a choice': ['select from messages where account_id = $1 or app_id = $2', 'messages'],
  'a list of accounts': ['select from messages where account_id = any($1)', 'messages'],
  'the accounts of a list': [
    `select found.* from json_to_recordset($1) as named(account_id uuid, id uuid) cross join lateral (
       select id from messages where messages.account_id = named.account_id and messages.id = named.id offset 0) found`,
    'messages',
  ],
  'a sub-query by the query around it': [
    `delete from attempts where account_id = $1 and not exists (
       select from messages where messages.account_id = attempts.account_id and messages.id = message_id)`,
    'messages',
  ],
  'one side of a union': [
    'select id from messages where account_id = $1 union all select id from attempts where app_id = $2',
    'attempts',
  ],
  'an update': [`update deliveries set state = 'held' where endpoint_id = $1`, 'deliveries'],
  'rows of a list that looks one up': [
    `insert into deliveries (account_id, id) select account_id, id
     from json_to_recordset($1) as x(account_id uuid, id uuid) where not exists (
       select from attempts where attempts.account_id = $2 and attempts.message_id = x.id)`,
    'deliveries',
  ],
  'rows of a list without their account': [
    'insert into attempts (id) select id from unnest($1::uuid[]) as x(id)',
    'attempts',
  ],
  'a row of no table, on a condition about one': [
    `insert into deliveries (account_id, message_id) select $1, $2 where exists (
       select from attempts where attempts.account_id = $1 and attempts.message_id = $2)`,
    'deliveries',
  ],
  'columns that are not named': ['insert into message_counts values ($1, $2, 0, 1)', 'message_counts'],
  'a common table expression': [
    'with old as (delete from deliveries where endpoint_id = $1 returning message_id) select from old',
    'deliveries',
  ],
} as const;

describe('a statement of the data plane', () => {
  for (const [what, statement] of Object.entries(OF_ONE_ACCOUNT)) {
    it(`may have ${what}`, () => {
      assert.equal(problemOf(statement), undefined);
    });
  }

  for (const [what, [statement, table]] of Object.entries(OF_SEVERAL)) {
    it(`must not have ${what}`, () => {
      assert.equal(problemOf(statement), `names no account for ${table}`);
    });
  }

  it('must not recurse', () => {
    const statement = `with recursive walk as (select id from messages where account_id = $1
      union all select id from walk) select from walk`;
    assert.match(problemOf(statement) ?? '', /recurses/);
  });
});
