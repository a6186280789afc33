import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FakeHeroku } from '#src/dev/fake-heroku/index.ts';
import { WorldFile } from '#src/dev/fake-heroku/world-file.ts';
import { eventually } from '#test/support/eventually.ts';
import { startHeroku } from '#test/support/fake-heroku.ts';
import { type CliResult, herokuCli } from '#test/support/heroku-cli.ts';
import { cookiesOf } from '#test/support/partner-calls.ts';
import { startTestServer, type TestServer } from '#test/support/server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '#test/support/temporary-folder.ts';

describe('npm run heroku, beside a Platform API on the same data folder', () => {
  let folder: TemporaryFolder;
  let fake: FakeHeroku;
  let server: TestServer;
  let heroku: (line: string) => Promise<CliResult>;
  before(async () => {
    folder = await createTemporaryFolder();
    fake = await startHeroku({ state: new WorldFile(folder.path) });
    server = await startTestServer({ env: fake.env });
    heroku = herokuCli({ url: server.url, dataDir: folder.path });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const create = async (app: string, flags = '') => {
    const { out, err, code } = await heroku(`addons:create hosted-hooks -a ${app}${flags}`);
    assert.equal(code, 0, err);
    return /Created (\S+)/.exec(out)![1]!;
  };
  /** The page that opening the add-on leads to, or why there is none. */
  const open = async (app: string, flags = '') => {
    const { out, err } = await heroku(`addons:open -a ${app}${flags}`);
    const link = /^Opening (\S+)\n$/.exec(out)?.[1];
    if (link === undefined) return { err, cookie: '', location: '' };
    const response = await fetch(link, { redirect: 'manual' });
    return { err, cookie: cookiesOf(response), location: response.headers.get('location') ?? '' };
  };
  const isSubscribed = (name: string) => async () => {
    const { addOns, webhooks } = await fake.platform.read();
    const addOn = addOns.find((candidate) => candidate.name === name);
    return webhooks.some(({ addOnId }) => addOnId === addOn?.uuid);
  };

  test('a new add-on comes with a grant, which its provider exchanges', async () => {
    const name = await create('granted');
    await eventually('subscribed with a token', isSubscribed(name));
    const { grants, authorizations, addOns } = await fake.platform.read();
    const { uuid } = addOns.find((addOn) => addOn.name === name)!;
    assert.equal(authorizations.filter(({ addOnId }) => addOnId === uuid).length, 1);
    assert.ok(grants.every(({ addOnId }) => addOnId !== uuid));
  });

  test('one that its provider refuses leaves nothing behind', async () => {
    assert.equal((await heroku('addons:create hosted-hooks:foo -a refused')).code, 1);
    assert.equal((await heroku('addons -a refused')).out, 'No add-ons for app refused.\n');
  });

  test('our own app, which commands need not name, is still our own when it is renamed', async () => {
    const { out } = await heroku('addons:create hosted-hooks');
    const name = /Created (\S+)/.exec(out)![1]!;
    assert.equal((await heroku('apps:rename our-new-name')).code, 0);
    assert.match(
      (await heroku('addons:info')).out,
      new RegExp(`=== ${name}\n.*Owning app: +our-new-name`, 's'),
    );
    assert.match((await heroku('addons:create hosted-hooks')).err, /on ⬢ our-new-name/);
    assert.equal((await heroku('apps:rename sharp-mountain-4005')).code, 0);
  });

  test('an app that is renamed has its new name in the dashboard', async () => {
    const name = await create('first-name');
    await eventually('subscribed', isSubscribed(name));
    const { cookie, location } = await open('first-name');
    const renamed = await heroku('apps:rename second-name -a first-name');
    assert.equal(
      renamed.err,
      "Renaming ⬢ first-name to second-name... done\n ▸    Warning: Don't forget to update git remotes for all other local checkouts of the app.\n",
    );
    assert.equal(
      renamed.out,
      'https://second-name.herokuapp.com/ | https://git.heroku.com/second-name.git\n',
    );
    await eventually('renamed', async () => {
      const page = await fetch(`${server.url}${location}`, { headers: { cookie } });
      return (await page.text()).includes('second-name');
    });
    assert.match((await heroku('apps:rename X -a second-name')).err, /Name must start with a letter/);
    assert.match((await heroku('apps:rename second-name -a second-name')).err, /already taken/);
  });

  test('people come and go, and only those with access open the add-on', async () => {
    const name = await create('shared-app');
    await eventually('subscribed', isSubscribed(name));
    const stranger = await open('shared-app', ' --as ada@example.com');
    assert.match(stranger.err, /do not have access to the app shared-app/);
    const added = await heroku('access:add ada@example.com -a shared-app');
    assert.equal(added.err, 'Adding ada@example.com access to the app ⬢ shared-app... done\n');
    assert.match((await heroku('access:add ada@example.com -a shared-app')).err, /already a collaborator/);
    assert.match((await heroku('access:add ada -a shared-app')).err, /not an email address/);
    assert.equal(
      (await heroku('access -a shared-app')).out,
      ' Email             Role\n ────────────────  ────────────\n ada@example.com   collaborator\n demo@example.com  owner\n',
    );

    const { cookie, location } = await open('shared-app', ' --as ada@example.com');
    const look = () => fetch(`${server.url}${location}`, { headers: { cookie }, redirect: 'manual' });
    assert.equal((await look()).status, 200);
    const removed = await heroku('access:remove ada@example.com -a shared-app');
    assert.equal(removed.err, 'Removing ada@example.com access from the app ⬢ shared-app... done\n');
    await eventually('signed out', async () => (await look()).status !== 200);
    assert.match(
      (await heroku('access:remove ada@example.com -a shared-app')).err,
      /Couldn't find that collab/,
    );
  });

  test('an app changes hands: to a collaborator, or to a team', async () => {
    await create('handed-app');
    assert.match(
      (await heroku('apps:transfer ada@example.com -a handed-app')).err,
      /must be a collaborator on handed-app first/,
    );
    await heroku('access:add ada@example.com -a handed-app');
    const transferred = await heroku('apps:transfer ada@example.com -a handed-app');
    assert.equal(transferred.err, 'Transferring ⬢ handed-app to ada@example.com... done\n');
    const { out } = await heroku('access -a handed-app');
    assert.match(out, /ada@example.com +owner\n demo@example.com +collaborator\n/);
    await heroku('apps:transfer acme -a handed-app');
    assert.match((await heroku('access -a handed-app')).out, /demo@example.com +admin\n/);
  });

  test('an add-on is attached to a second app, and detached', async () => {
    const name = await create('owning-app');
    const attached = await heroku(`addons:attach ${name} -a second-app --as AUDIT`);
    assert.equal(
      attached.err,
      `Attaching ${name} as AUDIT to ⬢ second-app... done\nSetting AUDIT config vars and restarting ⬢ second-app... done, v4\n`,
    );
    const key = (await heroku('config:get HOSTEDHOOKS_API_KEY -a owning-app')).out;
    assert.equal((await heroku('config:get AUDIT_API_KEY -a second-app')).out, key);
    const listed = await heroku('addons -a second-app');
    assert.match(listed.out, new RegExp(`hosted-hooks \\(${name}\\) .*\\(billed to ⬢ owning-app app\\)`));
    assert.match(listed.out, /├─ as HOSTEDHOOKS on ⬢ owning-app app\n {2}└─ as AUDIT\n/);
    assert.match((await heroku('addons:info -a second-app')).out, /owning-app::HOSTEDHOOKS\n/);
    assert.match((await open('second-app')).location, /^\/dashboard/);

    const detached = await heroku('addons:detach AUDIT -a second-app');
    assert.equal(
      detached.err,
      `Detaching AUDIT to ${name} from ⬢ second-app... done\nUnsetting AUDIT config vars and restarting ⬢ second-app... done, v5\n`,
    );
    assert.equal((await heroku('config:get AUDIT_API_KEY -a second-app')).out, '\n');
    assert.match((await heroku('addons:detach HOSTEDHOOKS -a owning-app')).err, /last attachment/);
  });

  test('an add-on is renamed', async () => {
    const name = await create('named-app');
    const renamed = await heroku(`addons:rename ${name} our-hooks`);
    assert.equal(renamed.out, `${name} successfully renamed to our-hooks.\n`);
    assert.match((await heroku('addons:info our-hooks -a named-app')).out, /^=== our-hooks\n/);
    assert.match((await heroku('addons:rename our-hooks our-hooks')).err, /already taken/);
  });

  test('config shows what the provider has put there since', async () => {
    const name = await create('configured-app');
    assert.match(
      (await heroku('config -a configured-app')).out,
      /^=== ⬢ configured-app Config Vars\n\nHOSTEDHOOKS_API_KEY: hh_\S+\n$/,
    );
    await eventually('subscribed', isSubscribed(name));
    const key = (await heroku('config:get HOSTEDHOOKS_API_KEY -a configured-app')).out.trim();
    const rotated = await fetch(`${server.url}/api/v1/account/api_keys/rotate`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    assert.ok(rotated.ok, String(rotated.status));
    await eventually('rotated', async () => {
      const now = (await heroku('config -s -a configured-app')).out;
      return now.startsWith('HOSTEDHOOKS_API_KEY=hh_') && !now.includes(key);
    });
  });

  test('the service has plans and documentation', async () => {
    const plans = (await heroku('addons:plans hosted-hooks')).out;
    assert.match(plans, /default +hosted-hooks:hobby +Hobby +free +free\n/);
    assert.match(plans, /hosted-hooks:scale +Scale +~\$0\.693\/hour \(max \$499\/month\) +\$499\/month\n/);
    assert.equal((await heroku('addons:docs hosted-hooks')).out, `Opening ${server.url}/docs\n`);
    assert.equal((await heroku('addons:docs --show-url')).out, `${server.url}/docs\n`);
  });

  test('commands at the same time lose nothing of each other', async () => {
    await create('busy-app');
    const people = Array.from({ length: 6 }, (_, index) => `person-${String(index)}@example.com`);
    await Promise.all(people.map((email) => heroku(`access:add ${email} -a busy-app`)));
    const { out } = await heroku('access -a busy-app');
    for (const email of people) assert.ok(out.includes(email), email);
  });
});
