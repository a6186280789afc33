import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { herokuCli } from '#test/support/heroku-cli.ts';
import type { TestServer } from '#test/support/server.ts';
import { sharedServer } from '#test/support/shared-server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '#test/support/temporary-folder.ts';

describe('npm run heroku', () => {
  let server: TestServer;
  let folder: TemporaryFolder;
  before(async () => {
    server = await sharedServer();
    folder = await createTemporaryFolder();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const heroku = (line: string, env: Record<string, string> = {}) =>
    herokuCli({ url: server.url, dataDir: folder.path })(line, env);

  test('tells the story of an add-on, with the words of the Heroku CLI', async () => {
    const created = await heroku('addons:create hosted-hooks');
    assert.equal(created.err, 'Creating hosted-hooks on ⬢ sharp-mountain-4005... free\n');
    assert.match(
      created.out,
      /^Your add-on has been provisioned.*\nCreated hosted-hooks-[a-z]+-\d{5} as HOSTEDHOOKS_API_KEY\nRun heroku addons:docs hosted-hooks to view documentation\.\n$/,
    );
    const name = /Created (\S+)/.exec(created.out)![1]!;

    const key = await heroku('config:get HOSTEDHOOKS_API_KEY');
    assert.match(key.out, /^hh_[\w-]{43}\n$/);
    const assignment = await heroku('config:get HOSTEDHOOKS_API_KEY -s');
    assert.equal(assignment.out, `HOSTEDHOOKS_API_KEY=${key.out}`);
    const account = await fetch(`${server.url}/api/v1/account`, {
      headers: { authorization: `Bearer ${key.out.trim()}` },
    });
    assert.equal(account.status, 200);

    const upgraded = await heroku('addons:upgrade hosted-hooks:growth');
    assert.equal(
      upgraded.err,
      `Changing ${name} on ⬢ sharp-mountain-4005 from hosted-hooks:hobby to hosted-hooks:growth... done, ~$0.138/hour (max $99/month)\n`,
    );
    assert.match(upgraded.out, /Your plan has been updated to: hosted-hooks:growth/);

    const info = await heroku('addons:info');
    assert.match(info.out, new RegExp(`^=== ${name}\nPlan: +hosted-hooks:growth\n`));
    assert.match(info.out, /State: +created\n$/);

    const destroyed = await heroku('addons:destroy hosted-hooks --confirm sharp-mountain-4005');
    assert.equal(destroyed.err, `Destroying ${name} on ⬢ sharp-mountain-4005... done\n`);
    const refused = await fetch(`${server.url}/api/v1/account`, {
      headers: { authorization: `Bearer ${key.out.trim()}` },
    });
    assert.equal(refused.status, 401);
    assert.deepEqual(await heroku('config:get HOSTEDHOOKS_API_KEY'), { code: 0, out: '\n', err: '' });
  });

  test('prints a link that signs in when it is opened, every time another one', async () => {
    await heroku('addons:create hosted-hooks -a opened');
    for (const { out } of [await heroku('addons:open -a opened'), await heroku('addons:open -a opened')]) {
      const link = /^Opening (\S+)\n$/.exec(out)![1]!;
      const response = await fetch(link, { redirect: 'manual' });
      assert.equal(response.status, 302);
      assert.match(response.headers.get('location') ?? '', /^\/dashboard\?addon=[\da-f-]{36}$/);
    }
  });

  test('prints the form that Heroku posts', async () => {
    await heroku('addons:create hosted-hooks -a posted');
    const { out } = await heroku('addons:open hosted-hooks --form --app posted');
    const inputs = new URLSearchParams();
    for (const [, name, value] of out.matchAll(/name="([^"]*)" value="([^"]*)"/g)) inputs.set(name!, value!);
    const response = await fetch(/action="([^"]*)"/.exec(out)![1]!, {
      method: 'POST',
      body: inputs,
      redirect: 'manual',
    });
    assert.equal(response.status, 302);
  });

  for (const line of [
    'addons:create hosted-hooks:starter -a options -- --region eu --size=3 --quiet --loud=true',
    'addons:create hosted-hooks:starter -a options --region eu --size=3 --quiet --loud=true',
  ]) {
    test(`passes the provider's options on: ${line}`, async () => {
      const { code, err } = await heroku(line);
      assert.equal(code, 1);
      for (const name of ['region', 'size', 'quiet', 'loud']) assert.match(err, new RegExp(`--${name}:`));
    });
  }

  test('gives a second add-on of an app a name and config vars of its own', async () => {
    await heroku('addons:create hosted-hooks -a two');
    const second = await heroku('addons:create hosted-hooks -a two --name second-hooks --as AUDIT');
    assert.match(second.out, /Created second-hooks as AUDIT_API_KEY/);
    const ambiguous = await heroku('addons:info hosted-hooks -a two');
    assert.match(ambiguous.err, /Ambiguous identifier.*second-hooks/);
    const [, line = ''] = /Name one: npm run heroku -- (.*)\n$/.exec(ambiguous.err) ?? [];
    assert.equal((await heroku(line)).code, 0, line);
    assert.match((await heroku('addons:info second-hooks -a two')).out, /two::AUDIT/);
  });

  test('means the only app that has an add-on when none is named, whatever it is called by now', async () => {
    await using alone = await createTemporaryFolder();
    const run = herokuCli({ url: server.url, dataDir: alone.path });
    assert.match((await run('addons:info')).err, /Couldn't find the add-on hosted-hooks.*addons:create/);
    assert.match((await run('apps:rename renamed-app')).err, /Couldn't find that app/);
    await run('addons:create hosted-hooks');
    assert.equal((await run('apps:rename renamed-app')).code, 0);
    assert.match((await run('addons:info')).out, /Owning app: +renamed-app\n/);
  });

  test('keeps what it knows in a file that only its owner may read', async () => {
    await heroku('addons:create hosted-hooks -a kept');
    const path = join(folder.path, 'heroku.json');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    JSON.parse(await readFile(path, 'utf8'));
  });

  test('prints its usage', async () => {
    for (const line of ['help', '--help', '-h', 'addons:create --help']) {
      const { code, out, err } = await heroku(line);
      assert.deepEqual([code, err], [0, '']);
      assert.match(out, /addons:create hosted-hooks\[:PLAN\]/);
    }
  });

  const mistakes: [string, RegExp][] = [
    ['addons:crate hosted-hooks', /addons:crate is not a command.* addons:create,/],
    ['addons:delete', /addons:delete is not a command.* addons:destroy,/],
    ['config:set', /config:set is not a command.* config:get,/],
    ['addons:create', /Name the add-on service: npm run heroku -- addons:create hosted-hooks\n/],
    ['addons:create redis', /"redis"/],
    ['addons:create hosted-hooks:foo', /The plans are: test, hobby, starter, growth, scale/],
    ['addons:info -a nothing-here', /Couldn't find the add-on/],
    ['addons:upgrade hosted-hooks', /Name the plan/],
    ['config:get', /Name the config var/],
    ['addons:attach', /Name the add-on/],
    ['addons:attach nothing -a mistaken', /Couldn't find that add-on\./],
    ['addons:detach', /Name the attachment/],
    ['addons:detach NOTHING -a nothing-here', /Couldn't find that app\./],
    ['addons:rename one', /Name the add-on and its new name/],
    ['addons:docs redis', /"redis"/],
    ['addons:plans', /Name the add-on service/],
    ['access:add', /Name the person/],
    ['access -a nothing-here', /Couldn't find that app/],
    ['apps:rename', /Name the app anew/],
    ['apps:transfer', /Name who gets it/],
  ];
  for (const [line, message] of mistakes) {
    test(`${line} ends with 1 and says what to do`, async () => {
      const { code, out, err } = await heroku(line);
      assert.equal(code, 1);
      assert.equal(out, '');
      assert.match(err, /^((Creating|Attaching).*!\n)? ▸ {4}/);
      assert.match(err, message);
    });
  }

  test('says how to start the server when it does not run', async () => {
    const { code, err } = await heroku('addons:create hosted-hooks', { BASE_URL: 'http://127.0.0.1:1' });
    assert.equal(code, 1);
    assert.match(err, /does not answer at http:\/\/127\.0\.0\.1:1\. Start it with npm start/);
  });
});
