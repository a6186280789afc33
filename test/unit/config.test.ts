import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError, loadConfig } from '#src/config.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://localhost/hostedhooks',
  APP_SECRET: 'a secret of our own',
  ENCRYPTION_KEY: 'another secret of our own',
  HEROKU_ADDON_PASSWORD: 'a password of our own',
  HEROKU_SSO_SALT: 'a salt of our own',
};

function problemsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

test('an empty environment is a usable development', () => {
  const config = loadConfig({});
  assert.equal(config.http.port, 3000);
  assert.equal(config.http.baseUrl, 'http://localhost:3000');
  assert.equal(config.dataDir, '.data');
  assert.deepEqual(config.delivery, {
    timeoutMs: 15_000,
    retryDelaysSeconds: [60, 300, 1500, 7500],
    leaseSeconds: 60,
    allowsPrivateNetworks: true,
  });
  assert.equal(config.heroku.acceptsLegacyTokens, true);
});

test('production starts with secrets of its own, and is strict', () => {
  const config = loadConfig(PRODUCTION);
  assert.equal(config.delivery.allowsPrivateNetworks, false);
  assert.equal(config.heroku.acceptsLegacyTokens, false);
});

test('production refuses to start without a database or with a development secret', () => {
  const names = ['DATABASE_URL', 'APP_SECRET', 'ENCRYPTION_KEY', 'HEROKU_ADDON_PASSWORD', 'HEROKU_SSO_SALT'];
  for (const name of names) {
    const problems = problemsOf({ ...PRODUCTION, [name]: undefined });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', new RegExp(`^${name}: needed in production`));
  }
  const manifest = JSON.parse(readFileSync('addon-manifest.json', 'utf8')) as {
    api: { password: string; sso_salt: string };
  };
  const { password, sso_salt: salt } = manifest.api;
  assert.match(
    problemsOf({ ...PRODUCTION, HEROKU_ADDON_PASSWORD: `fine, ${password}` }).join(),
    /development value/,
  );
  assert.match(problemsOf({ ...PRODUCTION, HEROKU_SSO_SALT: salt }).join(), /development value/);
  const development = loadConfig({}).secrets.app.reveal();
  assert.match(problemsOf({ ...PRODUCTION, APP_SECRET: development }).join(), /development value/);
  assert.match(problemsOf({ ...PRODUCTION, ENCRYPTION_KEY: development }).join(), /development value/);
});

test('all problems are reported at once', () => {
  const problems = problemsOf({
    NODE_ENV: 'production',
    PORT: 'eighty',
    DATABASE_URL: 'mysql://x',
    DELIVERY_RETRY_DELAYS: '60,soon',
    LOG_LEVEL: 'loud',
  }).join('\n');
  for (const name of [
    'PORT',
    'DATABASE_URL',
    'DELIVERY_RETRY_DELAYS',
    'LOG_LEVEL',
    'APP_SECRET',
    'ENCRYPTION_KEY',
  ]) {
    assert.match(problems, new RegExp(`^${name}`, 'm'));
  }
});

test('several processes share the connections and the name of their dyno', () => {
  const { count, envOf } = loadConfig({
    WEB_CONCURRENCY: '3',
    DATABASE_POOL_MAX: '20',
    DYNO: 'web.1',
  }).processes;
  assert.equal(count, 3);
  const { processName, processes, database } = loadConfig(envOf(2));
  assert.deepEqual([processName, processes.count, database.poolMax], ['web.1/2', 1, 6]);
  assert.equal(loadConfig({ WEB_CONCURRENCY: '2' }).processes.envOf(1).DATABASE_POOL_MAX, '5');
  assert.equal(loadConfig({}).processes.count, 1);
});

test('a number of processes is a whole number above 0', () => {
  for (const value of ['0', '-1', '1.5', 'x', '257']) {
    assert.deepEqual(problemsOf({ WEB_CONCURRENCY: value }), [
      'WEB_CONCURRENCY: must be a whole number from 1 to 256',
    ]);
  }
});

test('the engine is PostgreSQL, or Citus in a database that is given', () => {
  assert.equal(loadConfig({}).database.engine, 'postgresql');
  const citus = { DATABASE_ENGINE: 'citus', DATABASE_URL: 'postgres://localhost/hostedhooks' };
  assert.equal(loadConfig(citus).database.engine, 'citus');
  assert.deepEqual(problemsOf({ DATABASE_ENGINE: 'citas' }), [
    'DATABASE_ENGINE: must be one of postgresql, citus',
  ]);
  assert.match(
    problemsOf({ DATABASE_ENGINE: 'citus' }).join(),
    /^DATABASE_ENGINE: citus needs a DATABASE_URL/,
  );
});

test('a lease that ends before an attempt can is refused', () => {
  assert.match(problemsOf({ DELIVERY_LEASE_SECONDS: '15' }).join(), /DELIVERY_LEASE_SECONDS/);
  const short = problemsOf({ DELIVERY_LEASE_SECONDS: '2', DELIVERY_TIMEOUT_MS: '1501' });
  assert.match(short.join(), /at least half a second longer than DELIVERY_TIMEOUT_MS/);
  assert.deepEqual(problemsOf({ DELIVERY_LEASE_SECONDS: '2', DELIVERY_TIMEOUT_MS: '1500' }), []);
  assert.deepEqual(problemsOf({ DELIVERY_LEASE_SECONDS: '2', DELIVERY_TIMEOUT_MS: '1000' }), []);
});

test('a problem is said in plain words', () => {
  for (const port of ['eighty', '0', '65536', '1.5', ' ']) {
    const [problem] = problemsOf({ PORT: port });
    assert.match(problem ?? '', /^PORT: must (be a whole number from 1 to 65535|not be empty)$/, port);
  }
  assert.deepEqual(
    problemsOf({
      NODE_ENV: 'staging',
      BASE_URL: 'hooks.example.com',
      DATABASE_URL: 'mysql://localhost/x',
      OPERATOR_EMAIL: 'ops',
      DELIVERY_ALLOW_PRIVATE_NETWORKS: 'yes',
      DELIVERY_LEASE_SECONDS: 'long',
    }),
    [
      'NODE_ENV: must be one of development, test, production',
      'BASE_URL: must be an address that begins with http:// or https://',
      'DATABASE_URL: must be an address that begins with postgres://',
      'OPERATOR_EMAIL: must be an address like ops@example.com',
      'DELIVERY_LEASE_SECONDS: must be a number of seconds above 0',
      'DELIVERY_ALLOW_PRIVATE_NETWORKS: must be true or false',
    ],
  );
});

test('a public origin holds neither a user nor a query nor a fragment', () => {
  for (const url of [
    'https://u:p@hooks.example/',
    'https://hooks.example/?q=1',
    'https://hooks.example/#f',
  ]) {
    assert.match(problemsOf({ BASE_URL: url }).join(), /^BASE_URL/, url);
  }
  assert.equal(loadConfig({ BASE_URL: 'https://hooks.example/' }).http.baseUrl, 'https://hooks.example');
});

test('only a public origin that was given is trusted to be ours in production', () => {
  assert.equal(loadConfig(PRODUCTION).http.isBaseUrlKnown, false);
  assert.equal(loadConfig({ ...PRODUCTION, BASE_URL: 'https://hooks.example' }).http.isBaseUrlKnown, true);
  assert.equal(loadConfig({}).http.isBaseUrlKnown, true);
});

test('lists are read as lists, so that a rotation has no gap', () => {
  const { heroku } = loadConfig({ HEROKU_ADDON_PASSWORD: 'old, new', HEROKU_SSO_SALT: 'one,two' });
  assert.deepEqual(
    heroku.passwords.map((password) => password.reveal()),
    ['old', 'new'],
  );
  assert.deepEqual(
    heroku.ssoSalts.map((salt) => salt.reveal()),
    ['one', 'two'],
  );
});

test('a secret does not show itself', () => {
  const { secrets } = loadConfig(PRODUCTION);
  for (const text of [inspect(secrets, { depth: 9 }), JSON.stringify(secrets), String(secrets.app)]) {
    assert.ok(!text.includes('of our own'), text);
  }
});
