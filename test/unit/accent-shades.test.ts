import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { accentShades, contrastOf } from '#src/infra/lib/accent-shades.ts';

test('any accent gives shades that can be read', () => {
  const colours = fc
    .integer({ min: 0, max: 0xffffff })
    .map((value) => `#${value.toString(16).padStart(6, '0')}`);
  fc.assert(
    fc.property(colours, (hex) => {
      const { fill, fillStrong, onFill, ink, soft } = accentShades(hex);
      const pairs = [
        [fill, onFill],
        [fillStrong, onFill],
        [ink.light, soft.light],
        [ink.light, '#fbfafd'],
        [ink.dark, soft.dark],
        [ink.dark, '#1e1c24'],
      ] as const;
      for (const [one, other] of pairs) assert.ok(contrastOf(one, other) >= 4.5, `${one} on ${other}`);
    }),
  );
});

test('an accent that can be read as it is stays', () => {
  assert.equal(accentShades('#7c3aed').fill, '#7c3aed');
  assert.equal(contrastOf('#000000', '#ffffff'), 21);
});
