import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// As much of Next.js as the sample touches: its folders, and what is done after the answer.
const here = (path) => new URL(path, import.meta.url);
const write = (path, text) => {
  mkdirSync(here(path.replace(/[^/]*$/, '')), { recursive: true });
  writeFileSync(here(path), text);
};
write('node_modules/next/package.json', '{"type":"module","exports":{"./server":"./server.js"}}');
write('node_modules/next/server.js', 'export const after = (work) => globalThis.later.push(work());');
write('lib/users.mjs', 'export const createUser = async (user) => ({ id: 42, ...user });');
// Without its last lines, which send.
const [sending] = readFileSync(here('node.mjs'), 'utf8').split('\nconst message = ');
write('lib/hostedhooks.mjs', `${sending}\nexport { sendMessage };`);
write('app/api/users/route.mjs', readFileSync(here('sample.mjs'), 'utf8'));

globalThis.later = [];
const { POST } = await import(here('app/api/users/route.mjs'));
const body = JSON.stringify({ email: 'kim@example.com' });
const answer = await POST(new Request('http://localhost/api/users', { method: 'POST', body }));
if (answer.status !== 201) throw new Error(`answered ${answer.status}`);
for (const message of await Promise.all(globalThis.later)) console.log(`Sent message ${message.id}`);
