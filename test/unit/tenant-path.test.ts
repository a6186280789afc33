import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tenantPath, withTenant } from '#src/surfaces/html/tenant-path.ts';

test('a path of ours says which add-on it is about', () => {
  assert.equal(withTenant('/apps/one?page=2', 'a'), '/apps/one?page=2&addon=a');
  assert.equal(tenantPath('/settings/usage?addon=b#now', 'a'), '/settings/usage?addon=a#now');
});

test('what leads to another site, also once its dots are resolved, stays as it is', () => {
  for (const path of [
    '//evil.example/settings',
    '/settings/..//evil.example',
    '/\\evil.example',
    'https://evil.example/',
  ]) {
    assert.equal(withTenant(path, 'a'), path);
    assert.equal(tenantPath(path, 'a'), path);
  }
});
