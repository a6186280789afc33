import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { backgroundJobs } from '#src/boot/background-jobs.ts';
import { createLogger } from '#src/infra/telemetry/logger.ts';
import type { BackgroundJobs } from '#src/infra/queue/jobs.ts';
import { breakLinks } from '#src/infra/lib/break-links.ts';
import { purgeAccount } from '#src/domain/accounts/purge.ts';
import { findPersonByEmail } from '#src/domain/people/people-rows.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { eventually } from '#test/support/eventually.ts';
import { allMails } from '#test/support/mails.ts';
import { signedInVisitor } from '#test/support/pages.ts';
import { PASSWORD, peopleAt } from '#test/support/people.ts';
import { putOnPlan } from '#test/support/quotas.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer();
after(() => server[Symbol.asyncDispose]());
const { newPerson, mailTo, linkTo, newAddress, signedIn } = peopleAt(server);
const { pool, subscriptions, apps, apiKeys } = server.container;

const SETTINGS = '/settings/account';
const DELETE = `${SETTINGS}/delete`;
const GOODBYE = '/you/delete';

const typed = (name: string) => ({ confirmation: name, password: PASSWORD });
const nameOf = (email: string) => `Account of ${email}`;
const isThere = async (accountId: string) =>
  (await pool.query('select from accounts where id = $1', [accountId])).rowCount === 1;
const isGone = (accountId: string) => eventually('purged', async () => !(await isThere(accountId)));
const keyOf = async (accountId: string) => {
  const key = `hhk_${accountId}`;
  await pool.query(
    `insert into api_keys (id, account_id, name, prefix, key_hash) values ($1, $1, 'ci', 'hhk', sha256($2::text::bytea))`,
    [accountId, key],
  );
  return key;
};

/** A person with an account of their own. */
async function owner() {
  const { email, browser, location } = await newPerson();
  const accountId = /addon=([\da-f-]{36})/.exec(location)?.[1] ?? '';
  await putOnPlan(server, accountId, 'growth');
  return { email, browser, accountId };
}

/** Somebody else, who is invited into the team of the account and comes. */
async function joins(
  accountId: string,
  role: 'admin' | 'member',
): Promise<{ email: string; browser: CookieBrowser }> {
  const email = newAddress();
  await server.container.invitations.inviteToTeam(accountId, { email, role });
  const browser = new CookieBrowser(server);
  assert.equal((await browser.post(await linkTo(email), { password: PASSWORD })).status, 303);
  return { email, browser };
}

describe('deleting an account without Heroku', () => {
  it('takes its name and the password, ends it at once, tells the team, and destroys the data as of a removed add-on', async () => {
    const { email, browser, accountId } = await owner();
    const app = await apps.create(accountId, { name: 'Shop' });
    await subscriptions.create(app, { name: 'Globex' });
    const guest = await joins(accountId, 'admin');
    assert.equal((await guest.browser.post(DELETE, { confirmation: nameOf(email) })).status, 403);
    assert.match((await guest.browser.get(SETTINGS)).text, /Only an owner may delete it/);
    for (const [wrong, message] of [
      [{ confirmation: 'Another' }, /This is not the name of the account/],
      [{ password: '' }, /Type your password/],
      [{ password: 'not the right one' }, /The password is not right/],
    ] as const) {
      const refused = await browser.post(DELETE, { ...typed(nameOf(email)), ...wrong });
      assert.equal(refused.status, 422);
      assert.match(refused.text, message);
    }
    const { signInRates } = server.container;
    const guess = { network: '127.0.0.1', email: guest.email, of: 'password' } as const;
    for (let n = 0; n < 10; n += 1) await signInRates.take(guess);
    await pool.query(`update members set role = 'owner' where account_id = $1`, [accountId]);
    assert.equal((await guest.browser.post(DELETE, typed(nameOf(email)))).status, 429);
    await assert.rejects(purgeAccount(pool, { accountId, resourceId: null }), /was not deleted/);
    assert.ok(await isThere(accountId));

    const { location } = await browser.post(DELETE, typed(nameOf(email)));
    assert.equal(location, '/you/account_deleted');
    assert.match((await browser.get(location)).text, /The account is deleted/);
    await isGone(accountId);
    assert.equal((await pool.query('select from apps where account_id = $1', [accountId])).rowCount, 0);
    for (const one of [browser, guest.browser]) {
      assert.match((await one.get('/you')).text, /You are in no account/);
    }
    const told = await mailTo(guest.email);
    assert.equal(told.template, 'account-deleted');
    assert.ok(told.text.includes(breakLinks(email)));
    assert.equal((await mailTo(email)).text, told.text, 'who did it has it in writing, too');
    assert.match(told.text, /in the team, on \d+ \w+ \d{4}/);
  });

  it('leaves the operator a line of log with ids alone, because the audit log goes with the account', async () => {
    const { email, browser, accountId } = await owner();
    const person = await findPersonByEmail(pool, email);
    await browser.post(DELETE, typed(nameOf(email)));
    const { rows } = await pool.query<{ data: BackgroundJobs['account-purge'] }>(
      `select data from pgboss.job where name = 'account-purge' and data ->> 'accountId' = $1`,
      [accountId],
    );
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) });
    const { handle } = backgroundJobs({ ...server.container, logger })['account-purge'];
    await handle(rows[0]!.data, new AbortController().signal);
    assert.ok(!lines.join('').includes(email));
    assert.partialDeepStrictEqual(JSON.parse(lines.join('')), {
      accountId,
      resourceId: null,
      deletedBy: person?.id,
      msg: 'purging an account that was deleted',
    });
  });

  it('ends its keys, and says of an add-on how Heroku ends it', async () => {
    const { email, browser, accountId } = await owner();
    const key = await keyOf(accountId);
    assert.ok(await apiKeys.authenticate(key));
    await browser.post(DELETE, typed(nameOf(email)));
    assert.equal(await apiKeys.authenticate(key), null);

    const ofHeroku = await signedInVisitor(server);
    const { text } = await ofHeroku.get(SETTINGS);
    assert.match(text, /addons:destroy/);
    assert.doesNotMatch(text, /Delete this account/);
    const { rows } = await pool.query<{ name: string }>('select name from accounts where id = $1', [
      ofHeroku.accountId,
    ]);
    assert.equal((await ofHeroku.post(DELETE, { confirmation: rows[0]?.name ?? '' })).status, 409);
    assert.ok(await isThere(ofHeroku.accountId));
  });
});

describe('what deleting and making anew does not reset', () => {
  it('is how many accounts a person adds, which other people do not share', async () => {
    const { browser, email, location: first } = await newPerson();
    const add = () => browser.post('/you/accounts', { account_name: 'Again' });
    for (let n = 0; n < 5; n += 1) {
      const { location } = await add();
      assert.match(location, /addon=/);
      await browser.get(location);
      const ended = await browser.post(`${DELETE}?${location.split('?')[1] ?? ''}`, {
        ...typed('Again'),
      });
      assert.equal(ended.location, '/you/account_deleted');
    }
    const refused = await add();
    assert.equal(refused.status, 429);
    assert.match(refused.text, /You can add one more a day: try again tomorrow/);
    const foreseen = /addon=([\da-f-]{36})/.exec(first)?.[1] ?? '';
    const gone = await browser.post(GOODBYE, { confirmation: email, password: PASSWORD, foreseen });
    assert.equal(gone.location, '/you/deleted');
    const again = await newPerson(email);
    assert.equal((await again.browser.post('/you/accounts', { account_name: 'Again' })).status, 429);
    const other = await newPerson();
    assert.equal((await other.browser.post('/you/accounts', { account_name: 'Again' })).status, 303);
  });

  it('is how often one address signs up, or one network with whatever addresses', async () => {
    const email = newAddress();
    for (let n = 0; n < 5; n += 1) {
      const { browser, location } = await newPerson(email);
      const foreseen = /addon=([\da-f-]{36})/.exec(location)?.[1] ?? '';
      await browser.post(GOODBYE, { confirmation: email, password: PASSWORD, foreseen });
    }
    // As if it was later, because mails to the address have a limit of their own.
    await pool.query('delete from sign_in_rates where key_hash = sha256($1::text::bytea)', [`mail ${email}`]);
    const browser = new CookieBrowser(server);
    await browser.post('/sign_up', { email, password: PASSWORD, account_name: 'Again' });
    const refused = await browser.get(await linkTo(email));
    assert.equal(refused.status, 429);
    assert.match(refused.text, /You can sign up once more a day: try again tomorrow/);
    assert.equal(await findPersonByEmail(pool, email), null);

    const { signInRates } = server.container;
    for (let n = 0; n < 50; n += 1) await signInRates.takeSignUp(`2001:db8:0:1::${String(n)}`, newAddress());
    await assert.rejects(signInRates.takeSignUp('2001:db8:0:1::ff', newAddress()), { status: 429 });
    await signInRates.takeSignUp('2001:db8:0:2::1', newAddress());

    const innocent = newAddress();
    for (let n = 0; n < 6; n += 1) {
      const refusal = { status: 429, message: /^Many people signed up from your network/ };
      await assert.rejects(signInRates.takeSignUp('2001:db8:0:1::1', innocent), refusal);
    }
    await signInRates.takeSignUp('198.51.100.7', innocent);
  });

  it('is how often the networks of one /48 sign up together', async () => {
    const { signInRates } = server.container;
    await signInRates.takeSignUp('2001:db8:a:1::1', newAddress());
    // As if 499 had come from other networks of it.
    await pool.query(
      `update sign_in_rates set full_at = full_at + 499 * interval '180 seconds'
       where key_hash = sha256('signUpsOfSite 32.1.13.184.0.10'::bytea)`,
    );
    const refused = signInRates.takeSignUp('2001:db8:a:2::1', newAddress());
    await assert.rejects(refused, { status: 429, message: /Your link stays good/ });
    await signInRates.takeSignUp('2001:db8:b:1::1', newAddress());
  });

  it('is how often all accounts together invite one address', async () => {
    const { signInRates } = server.container;
    const email = newAddress();
    for (let n = 0; n < 20; n += 1) await signInRates.takeInvitation(randomUUID(), email);
    const refused = signInRates.takeInvitation(randomUUID(), email.toUpperCase());
    await assert.rejects(refused, { status: 429 });
    await signInRates.takeInvitation(randomUUID(), newAddress());
  });
});

describe('deleting oneself', () => {
  const form = (email: string, foreseen = '') => ({ confirmation: email, password: PASSWORD, foreseen });
  const foreseenOn = ({ text }: { text: string }) => /name="foreseen" value="([^"]*)"/.exec(text)?.[1];

  it('takes address and password, signs out everywhere, and ends the account that is theirs alone', async () => {
    const { email, browser, accountId } = await owner();
    const elsewhere = await signedIn(email);
    const page = await browser.get(GOODBYE);
    assert.match(
      page.text.replaceAll(/\s+/g, ' '),
      /Nobody but you is in <strong>Account of kim[^<]*<\/strong>: it is deleted/,
    );
    for (const [wrong, message] of [
      [{ confirmation: 'lou@acme.example' }, /This is not your address/],
      [{ password: 'not the right one' }, /The password is not right/],
    ] as const) {
      const refused = await browser.post(GOODBYE, { ...form(email, accountId), ...wrong });
      assert.equal(refused.status, 422);
      assert.match(refused.text, message);
    }
    assert.equal(
      (await browser.post(GOODBYE, form(email.toUpperCase(), foreseenOn(page)))).location,
      '/you/deleted',
    );
    assert.match((await browser.get('/you/deleted')).text, /You are deleted/);
    for (const one of [browser, elsewhere]) assert.equal((await one.get('/you')).location, '/sign_in');
    assert.equal(await findPersonByEmail(pool, email), null);
    await isGone(accountId);
    const mails = (await allMails(server)).filter(({ recipient }) => recipient === email);
    assert.equal(mails[0]?.template, 'person-deleted');
    assert.equal(
      (await new CookieBrowser(server).post('/sign_in', { email, password: PASSWORD })).status,
      401,
    );
    await newPerson(email);
  });

  it('asks again when an account would be deleted that the page said one leaves', async () => {
    const { email, browser, accountId } = await owner();
    const other = await joins(accountId, 'admin');
    await pool.query(`update members set role = 'owner' where account_id = $1`, [accountId]);
    const page = await other.browser.get(GOODBYE);
    assert.match(page.text, /You leave/);
    assert.equal((await browser.post(GOODBYE, form(email))).status, 303);

    const refused = await other.browser.post(GOODBYE, form(other.email, foreseenOn(page)));
    assert.equal(refused.status, 409);
    assert.match(refused.text, /is in Account of kim[^<]* now: that would be deleted with you/);
    assert.ok(await findPersonByEmail(pool, other.email), 'nothing was done');
    assert.equal(foreseenOn(refused), accountId);
    const { location } = await other.browser.post(GOODBYE, form(other.email, foreseenOn(refused)));
    assert.equal(location, '/you/deleted');
    await isGone(accountId);
  });

  it('leaves a team and its audit log, and no account without an owner', async () => {
    const { email, browser, accountId } = await owner();
    const guest = await joins(accountId, 'admin');
    assert.match((await browser.get(GOODBYE)).text, /You are the only owner of Account of kim/);
    const refused = await browser.post(GOODBYE, form(email));
    assert.equal(refused.status, 409);
    assert.ok(await findPersonByEmail(pool, email), 'nothing was done');

    assert.match((await guest.browser.get(GOODBYE)).text, /You leave/);
    assert.equal((await guest.browser.post(GOODBYE, form(guest.email))).status, 303);
    const { rows } = await pool.query<{ told: string }>(
      `select action || ' ' || object_name || ' by ' || actor_email as told from audit_events
       where account_id = $1 order by id desc limit 1`,
      [accountId],
    );
    assert.equal(rows[0]?.told, `member.removed ${guest.email} by ${guest.email}`);
    assert.equal((await browser.get(`/dashboard?addon=${accountId}`)).status, 200);
  });
});
