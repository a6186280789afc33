import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOfTexts } from '#src/surfaces/api/page.ts';

test('others are served between the rows of a page of large payloads', async () => {
  const rows = Array.from({ length: 6 }, (_, n) => ({ id: String(n) }));
  const order: string[] = [];
  const page = { rows, isBackwards: false, linksOf: () => ({}) };
  const answer = await pageOfTexts(page, ({ id }) => {
    order.push(`row ${id}`);
    setImmediate(() => order.push('others'));
    return JSON.stringify('x'.repeat(300 * 1024));
  });
  assert.equal((JSON.parse(String(answer.bytes)) as string[]).length, 6);
  assert.deepEqual(order.slice(0, 11), rows.flatMap(({ id }) => [`row ${id}`, 'others']).slice(0, 11));
});
