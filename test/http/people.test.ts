import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { holdTransaction } from '#test/support/held-transaction.ts';
import { PASSWORD, peopleAt, problemIn, words } from '#test/support/people.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { newAddress, mailTo, linkTo, newPerson, signedIn } = peopleAt(server);

describe('signing up without Heroku', () => {
  it('makes by the link in the mail an account on the free plan, whose owner is signed in', async () => {
    const { browser, location } = await newPerson();
    assert.match(location, /^\/dashboard\?addon=/);
    const dashboard = await browser.get(location);
    assert.equal(dashboard.status, 200);
    assert.match(words(dashboard.text), /<strong><bdi>Account of kim-.*?<\/bdi><\/strong>.*?hobby plan/);
    const settings = await browser.get('/settings/account');
    assert.match(words(settings.text), /\(you\)<\/span> <\/td> <td data-label="Role">owner/);
    for (const path of ['/settings/account', '/getting_started', '/settings/usage']) {
      const { text } = await browser.get(path);
      assert.doesNotMatch(
        text,
        /npm run|heroku (addons|config)|the add-on/,
        `${path} names no command of Heroku’s`,
      );
    }
  });

  it('asks in another browser for the password, so that nobody confirms a stranger’s sign-up', async () => {
    const email = newAddress();
    const thief = new CookieBrowser(server);
    await thief.post('/sign_up', { email, password: PASSWORD, account_name: 'Theirs' });
    const link = await linkTo(email);
    const browser = new CookieBrowser(server);
    assert.match((await browser.get(link)).text, /This is not the browser that signed up/);
    const refused = await browser.post(link, { password: 'not what the thief chose' });
    assert.equal(refused.status, 422);
    assert.match(problemIn(refused) ?? '', /not the password that was chosen at the sign-up/);
    assert.equal((await browser.copy().get('/you')).location, '/sign_in');
    assert.match((await browser.post(link, { password: PASSWORD })).location, /^\/dashboard/);
  });

  it('answers the same for an address that is known, whose owner is told by mail', async () => {
    const { email } = await newPerson();
    const browser = new CookieBrowser(server);
    const fields = { email: email.toUpperCase(), password: PASSWORD, account_name: 'Again' };
    const again = await browser.post('/sign_up', fields);
    assert.deepEqual([again.status, again.location], [303, '/sign_up/sent']);
    const { template, text } = await mailTo(email);
    assert.equal(template, 'sign-up-known');
    assert.doesNotMatch(text, /sign_up\//);
  });

  it('makes one person of two sign-ups with one address', async () => {
    const email = newAddress();
    const [one, two] = [new CookieBrowser(server), new CookieBrowser(server)];
    const links: string[] = [];
    for (const browser of [one, two]) {
      await browser.post('/sign_up', { email, password: PASSWORD, account_name: 'Mine' });
      links.push(await linkTo(email));
    }
    assert.match((await one.get(links[0] ?? '')).location, /^\/dashboard/);
    assert.equal((await two.post(links[1] ?? '', { password: PASSWORD })).status, 422);
  });

  it('has for a link that was used, changed or made up one answer', async () => {
    const email = newAddress();
    const browser = new CookieBrowser(server);
    await browser.post('/sign_up', { email, password: PASSWORD, account_name: 'Mine' });
    const link = await linkTo(email);
    await browser.get(link);
    for (const path of [link, `${link}x`, '/sign_up/made.up', `/password/${link.slice(9)}`]) {
      const answer = await browser.get(path);
      assert.deepEqual(
        [answer.status, answer.text.includes('This link is no longer good')],
        [404, true],
        path,
      );
    }
  });

  it('says what is wrong with the form, and shows no password again', async () => {
    const browser = new CookieBrowser(server);
    const fields = { email: 'kim', password: 'too short', account_name: '' };
    const { status, text } = await browser.post('/sign_up', fields);
    assert.equal(status, 422);
    assert.match(text, /This is no email address/);
    assert.match(text, /Use at least 10 characters/);
    assert.match(text, /Give the account a name/);
    assert.doesNotMatch(text, /too short/);
  });
});

describe('signing in with a password', () => {
  it('takes the address in any case', async () => {
    const { email } = await newPerson();
    await signedIn(` ${email.toUpperCase()}`, PASSWORD);
  });

  it('leads to the page that was asked for', async () => {
    const { email } = await newPerson();
    const browser = new CookieBrowser(server);
    assert.equal((await browser.get('/apps/new')).location, '/sign_in');
    assert.equal((await browser.post('/sign_in', { email, password: PASSWORD })).location, '/apps/new');
    assert.equal((await browser.get('/apps/new')).status, 200);
  });

  it('leaves connections to others while many from one network wait for each other', async () => {
    const { pool, signInRates } = server.container;
    const network = '203.0.113.77';
    await signInRates.take({ network });
    await using held = await holdTransaction(pool);
    const bucket = createHash('sha256').update(`network ${network}`).digest();
    await held.query('select from sign_in_rates where key_hash = $1 for update', [bucket]);
    const tries = Array.from({ length: pool.options.max + 1 }, () => signInRates.take({ network }));
    await pool.query('select');
    await held.commit();
    await Promise.all(tries);
  });

  it('says the same of a wrong password and of an unknown address, also when it was tried too often', async () => {
    const { email } = await newPerson();
    const answers = [email, newAddress()].map(async (address) => {
      const tries = [];
      const attempt = { network: '127.0.0.1', email: address, of: 'password' } as const;
      for (let n = 0; n < 9; n += 1) await server.container.signInRates.take(attempt);
      for (let n = 0; n < 2; n += 1) {
        const { status, text } = await new CookieBrowser(server).post('/sign_in', {
          email: address,
          password: 'wrong',
        });
        tries.push(`${String(status)} ${problemIn({ text }) ?? ''}`);
      }
      return tries;
    });
    const [known = [], unknown = []] = await Promise.all(answers);
    assert.deepEqual(known, unknown);
    assert.equal(known[0], '401 This address and this password do not belong together.');
    assert.equal(known[1], '429 That was tried too often. Wait a few minutes, then try again.');
    const right = await new CookieBrowser(server).post('/sign_in', { email, password: PASSWORD });
    assert.equal(right.status, 429, 'a guess that is right is not heard either');
  });

  it('has a session id of its own, and ends the visits of the person before, but none of Heroku’s', async () => {
    const [one, two] = [await newPerson(), await newPerson()];
    const { resourceId } = await server.createAccount();
    const before = one.browser.copy();
    await one.browser.signOn(resourceId);
    await one.browser.post('/sign_in', { email: two.email, password: PASSWORD });
    assert.equal((await before.get('/you')).location, '/sign_in');
    const { text } = await one.browser.get('/you');
    assert.ok(text.includes(`Account of ${two.email}`) && !text.includes(one.email));
    assert.equal((await one.browser.get(`/dashboard?addon=${resourceId}`)).status, 200);
    assert.equal((await one.browser.get(one.location)).status, 403);
  });

  it('is over with the sign-out', async () => {
    const { browser, location } = await newPerson();
    const copy = browser.copy();
    assert.equal((await browser.post(location.replace('dashboard', 'sign_out'), {})).location, '/');
    assert.equal((await copy.get('/you')).location, '/sign_in');
    assert.equal((await copy.get(location)).location, '/sign_in');
  });
});

describe('a forgotten password', () => {
  const NEW = 'a better one of five words';

  it('is replaced once by the link in the mail, which signs all browsers out', async () => {
    const { email, browser } = await newPerson();
    const other = new CookieBrowser(server);
    assert.equal((await other.post('/password', { email })).location, '/password/sent');
    const link = await linkTo(email);
    assert.equal((await other.get(link)).status, 200);
    assert.equal((await other.post(link, { password: 'short' })).status, 422);
    assert.equal((await other.post(link, { password: NEW })).location, '/password/changed');
    assert.equal((await browser.get('/you')).location, '/sign_in');
    assert.equal((await other.post(link, { password: PASSWORD })).status, 404);
    assert.equal((await mailTo(email)).template, 'password-changed');
    assert.equal((await other.post('/sign_in', { email, password: PASSWORD })).status, 401);
    await signedIn(email, NEW);
  });

  it('is asked for with one answer, whether the address is known or not; the mail to a stranger has no link', async () => {
    const email = newAddress();
    const answer = await new CookieBrowser(server).post('/password', { email });
    assert.deepEqual([answer.status, answer.location], [303, '/password/sent']);
    const { text } = await mailTo(email);
    assert.match(words(text), /Nobody is signed up with it/);
    assert.doesNotMatch(text, /password\//);
  });

  it('is not mailed to an address that only looks like a person’s, whatever rules of case say', async () => {
    const { email } = await newPerson();
    const lookAlike = email.replace('i', '\u0130');
    assert.notEqual(lookAlike, email);
    for (const [path, fields] of [
      ['/password', {}],
      ['/sign_in', { password: PASSWORD }],
      ['/sign_up', { password: PASSWORD, account_name: 'Theirs' }],
    ] as const) {
      const answer = await new CookieBrowser(server).post(path, { email: lookAlike, ...fields });
      assert.equal(answer.status, 422, path);
      assert.match(answer.text, /no email address that we can write to/);
    }
  });

  it('is mailed for a few times an hour at most', async () => {
    const email = newAddress();
    const statuses = [];
    for (let n = 0; n < 6; n += 1) {
      statuses.push((await new CookieBrowser(server).post('/password', { email })).status);
    }
    assert.deepEqual(statuses, [303, 303, 303, 303, 303, 429]);
  });
});
