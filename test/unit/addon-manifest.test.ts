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
  username?: string;
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

  test('names the add-on', () => {
    assert.equal(manifest.id, 'hosted-hooks');
    assert.equal(manifest.username, undefined);
    assert.equal(api.version, '3');
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
    assert.ok(api.production.base_url.startsWith('https:'));
    assert.ok(api.production.sso_url.startsWith('https:'));
  });

  test('requires no feature that Fir apps lack', () => {
    assert.deepEqual(api.requires, ['attachable', 'many_per_app']);
  });
});

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
      env[name] = value ?? (name === 'BASE_URL' ? 'https://hooks.example.com' : `a-${name}`);
    }
    const config = loadConfig(env);
    assert.equal(config.isProduction, true);
  });
});
