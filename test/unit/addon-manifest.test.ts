import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { loadConfig } from '#src/config.ts';

// What Heroku's add-on test tool (kensa 3.1.0, `kensa test manifest`) asserts of a manifest, and Heroku of app.json.

const root = new URL('../../', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), 'utf8');
const REGIONS = ['us', 'eu', 'frankfurt', 'oregon', 'tokyo', 'virginia', '*'];

interface Manifest {
  id: string;
  name: string;
  api: {
    version: string;
    password: string;
    sso_salt: string;
    config_vars_prefix: string;
    config_vars: string[];
    regions: string[];
    requires: string[];
    test: { base_url: string; sso_url: string };
    production: { base_url: string; sso_url: string };
  };
}

describe('addon-manifest.json', () => {
  const manifest = JSON.parse(read('addon-manifest.json')) as Manifest;
  const { api } = manifest;

  test('names the add-on, in lower case, not by a number, and as customers see it', () => {
    assert.equal(manifest.id, 'hosted-hooks');
    assert.equal(manifest.name, 'HostedHooks');
    assert.match(manifest.id, /^[a-z][a-z\d-]*$/);
    assert.equal(api.version, '3');
  });

  test("has the fields of Heroku's schema and no other: no user name, no revision that only Heroku gives", () => {
    assert.deepEqual(Object.keys(manifest).sort(), ['api', 'id', 'name']);
    assert.deepEqual(Object.keys(api).sort(), [
      'config_vars',
      'config_vars_prefix',
      'password',
      'production',
      'regions',
      'requires',
      'sso_salt',
      'test',
      'version',
    ]);
    for (const place of [api.test, api.production]) {
      assert.deepEqual(Object.keys(place).sort(), ['base_url', 'sso_url']);
    }
  });

  test('has lists where Heroku wants lists, none of them with an entry twice', () => {
    for (const list of [api.config_vars, api.regions, api.requires]) {
      assert.ok(Array.isArray(list));
      assert.deepEqual(list, [...new Set(list)]);
    }
    assert.ok(api.regions.length > 0 && api.config_vars.length > 0);
  });

  test('is for regions that Heroku knows, the United States among them', () => {
    assert.ok(api.regions.every((region) => REGIONS.includes(region)));
    assert.ok(api.regions.includes('us') || api.regions.includes('*'));
  });

  test('has a password and a salt, which production refuses', () => {
    assert.notEqual(api.password, '');
    assert.notEqual(api.sso_salt, '');
    const env = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://localhost/x',
      APP_SECRET: 'a',
      ENCRYPTION_KEY: 'b',
      HEROKU_ADDON_PASSWORD: api.password,
      HEROKU_SSO_SALT: api.sso_salt,
    };
    assert.throws(() => loadConfig(env), /HEROKU_ADDON_PASSWORD[^]*HEROKU_SSO_SALT/);
  });

  test('declares every config var that a provision answers, under its prefix', () => {
    const prefix = `${api.config_vars_prefix}_`;
    assert.match(prefix, /^[A-Z][0-9A-Z_]*_$/);
    for (const name of api.config_vars) {
      assert.match(name, /^[A-Z][0-9A-Z_]+$/);
      assert.ok(name.startsWith(prefix), name);
    }
    assert.deepEqual(api.config_vars, [loadConfig({}).heroku.configVar]);
  });

  test('leads to the partner API, in production by https', () => {
    for (const place of [api.test, api.production]) {
      assert.ok(place.base_url.endsWith('/heroku/resources'));
      assert.ok(place.sso_url.endsWith('/heroku/sso'));
    }
    for (const url of Object.values(api.production)) assert.equal(new URL(url).protocol, 'https:');
    for (const url of Object.values(api.test)) assert.equal(new URL(url).host, 'localhost:3000');
  });

  test('requires no feature that Fir apps lack', () => {
    assert.deepEqual(api.requires, ['attachable', 'many_per_app']);
  });
});

/** Of what must be one. */
const ADDRESSES: Record<string, string> = {
  BASE_URL: 'https://hooks.example.com',
  SMTP_URL: 'smtps://mail.example.com',
};

describe('app.json', () => {
  const app = JSON.parse(read('app.json')) as {
    name: string;
    env: Record<string, { value?: string; generator?: string; required?: boolean }>;
    formation: Record<string, unknown>;
  };
  const processes = [...read('Procfile').matchAll(/^(\w+):/gm)].map(([, name]) => name);

  test('has a name that Heroku takes', () => {
    assert.ok(app.name.length <= 30);
  });

  test('runs the processes of the Procfile; the release runs by itself', () => {
    assert.deepEqual(['release', ...Object.keys(app.formation)], processes);
  });

  test('sets, generates or asks for everything that production needs', () => {
    const env: Record<string, string> = { DATABASE_URL: 'postgres://localhost/x' };
    for (const [name, { value, generator, required }] of Object.entries(app.env)) {
      assert.ok(value !== undefined || generator === 'secret' || required === true, name);
      env[name] = value ?? ADDRESSES[name] ?? `a-${name}`;
    }
    const config = loadConfig(env);
    assert.equal(config.isProduction, true);
    assert.ok(config.heroku.clientSecret, 'config vars can be written');
    assert.ok(config.mail.smtpUrl, 'mails can be sent');
  });
});
