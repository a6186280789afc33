import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { findPersonByEmail } from '#src/domain/people/people-rows.ts';
import { Conflict } from '#src/infra/lib/errors.ts';
import { base32, codeAt } from '#src/infra/lib/totp.ts';
import { CookieBrowser } from '#test/support/cookie-browser.ts';
import { PASSWORD, peopleAt, problemIn, words } from '#test/support/people.ts';
import { sharedServer } from '#test/support/shared-server.ts';

const server = await sharedServer('web');
after(() => server[Symbol.asyncDispose]());
const { mailTo, newPerson, signedIn } = peopleAt(server);

describe('the sessions of a person', () => {
  const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

  it('are listed by browser, and ended one by one or all but this one', async () => {
    const { email, browser } = await newPerson();
    const others = [new CookieBrowser(server), new CookieBrowser(server), new CookieBrowser(server)];
    for (const other of others) {
      await other.post('/sign_in', { email, password: PASSWORD }, { 'user-agent': FIREFOX });
    }
    const { text } = await browser.get('/you/security');
    assert.equal(text.match(/Firefox on Linux\n/g)?.length, 3);
    assert.match(words(text), /A program <span class="muted">\(this one\)/);
    assert.ok(!others.some(({ cookie }) => text.includes(cookie.slice(20, 50))), 'shows no session id');

    const stranger = await newPerson();
    const [, mark = ''] = /action="([^"]*sessions\/\w{32}\/end)"/.exec(text) ?? [];
    await stranger.browser.post(mark, {});
    const open = async () => {
      const answers = await Promise.all(others.map((other) => other.copy().get('/you')));
      return answers.filter(({ status }) => status === 200).length;
    };
    assert.equal(await open(), 3, 'nobody ends another’s');
    await browser.post(mark, {});
    assert.equal(await open(), 2);
    assert.equal((await browser.post('/you/security/sessions/end', {})).location, '/you/security');
    assert.equal(await open(), 0);
    assert.equal((await browser.get('/you')).status, 200);
  });

  it('end with the password, but for the one that changes it', async () => {
    const { email, browser } = await newPerson();
    const other = await signedIn(email);
    const password = 'another one of five words';
    const refused = await browser.post('/you/security/password', { current: 'wrong', password });
    assert.equal(problemIn(refused), 'The present password is not right.');
    const changed = await browser.post('/you/security/password', { current: PASSWORD, password });
    assert.equal(changed.status, 303);
    assert.equal((await browser.get('/you')).status, 200);
    assert.equal((await other.get('/you')).location, '/sign_in');
    await signedIn(email, password);
  });
});

describe('the second step of signing in', () => {
  const codeNow = (secret: Buffer, later = 0) => codeAt(secret, Math.floor(Date.now() / 30_000) + later);

  it('asks for a code of the app, takes each once, and recovery codes in its place', async () => {
    const { email, browser } = await newPerson();
    const page = '/you/security/second_step';
    const { text } = await browser.get(page);
    assert.match(text, /<svg/);
    const sealed = /name="sealed" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const person = await findPersonByEmail(server.container.pool, email);
    const secret = server.container.secondStep.openDraft(person?.id ?? '', sealed) ?? assert.fail();
    assert.ok(text.includes(base32(secret)));
    const turnOn = (code: string, password: string) => browser.post(page, { sealed, code, password });
    assert.equal((await turnOn('000 00', PASSWORD)).status, 422);
    const used = codeNow(secret);
    const refused = await turnOn(used, 'wrong');
    assert.deepEqual([refused.status, refused.text.includes(sealed)], [422, true]);
    const on = await turnOn(used, PASSWORD);
    const recovery = /[A-Z2-7]{16}/.exec(on.text)?.[0] ?? assert.fail(on.text);
    assert.match((await mailTo(email)).text, /was turned on/);

    const other = new CookieBrowser(server);
    const asked = await other.post('/sign_in', { email, password: PASSWORD });
    assert.equal(asked.status, 200);
    assert.equal((await other.copy().get('/you')).location, '/sign_in', 'the password alone opens nothing');
    const token = /name="token" value="([^"]+)"/.exec(asked.text)?.[1] ?? '';
    const enter = async (code: string, of = token) =>
      (await new CookieBrowser(server).post('/sign_in/code', { token: of, code })).status;
    assert.equal(await enter(used), 401, 'the code that turned it on was used');
    assert.equal(await enter(recovery.toLowerCase()), 303);
    assert.equal(await enter(recovery), 401);
    assert.equal(await enter(recovery), 429, 'few may be tried');
    assert.equal(await enter(recovery, `${token}x`), 401);
    assert.equal((await browser.post(`${page}/off`, { password: 'wrong' })).status, 422);
    assert.equal((await browser.post(`${page}/off`, { password: PASSWORD })).status, 303);
    assert.match((await mailTo(email)).text, /was turned off/);
    await signedIn(email);
  });

  it('takes a code of the app once, and no other app while one is in use', async () => {
    const { email } = await newPerson();
    const { pool, secondStep } = server.container;
    const { id } = (await findPersonByEmail(pool, email)) ?? assert.fail();
    const { secret } = secondStep.draft(id);
    await secondStep.turnOn(id, { secret, code: codeNow(secret) });
    const code = codeNow(secret, 1);
    assert.deepEqual([await secondStep.check(id, code), await secondStep.check(id, code)], [true, false]);
    const { secret: other } = secondStep.draft(id);
    await assert.rejects(secondStep.turnOn(id, { secret: other, code: codeNow(other) }), Conflict);
    assert.equal(await secondStep.check(id, codeNow(other)), false);
  });
});
