import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

// As much of Next.js as the sample touches: its folders, and what is done after the answer.
const here = (path) => new URL(path, import.meta.url);
const write = (path, text) => {
  mkdirSync(here(path.replace(/[^/]*$/, '')), { recursive: true });
  writeFileSync(here(path), text);
};
write('node_modules/next/package.json', '{"type":"module","exports":{"./server":"./server.js"}}');
write('node_modules/next/server.js', 'export const after = (work) => work();');
write(
  'lib/webhooks.mjs',
  "export const handleWebhook = (id, body) => { if (!id || body.length === 0) throw new Error('nothing to handle'); };",
);
write('lib/signature.mjs', readFileSync(here('node.mjs'), 'utf8'));
write('app/api/webhooks/route.mjs', readFileSync(here('sample.mjs'), 'utf8'));

const { POST } = await import(here('app/api/webhooks/route.mjs'));
const [, , ...given] = process.argv;
for (let at = 0; at < given.length; at += 2) {
  const [signature, file] = given.slice(at);
  const headers = { 'HostedHooks-Signature': signature, 'webhook-id': '1' };
  const request = new Request('http://localhost/', { method: 'POST', body: readFileSync(file), headers });
  const { status } = await POST(request);
  console.log({ 204: 'genuine', 401: 'refused' }[status]);
}
