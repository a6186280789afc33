import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { serveParent } from '#src/dev/bench/serve-parent.ts';

// The ceiling of Express: finds the bearer token, parses the JSON, answers 201.

const API_KEY = 'bare';

const keys = new Map([[API_KEY, { accountId: 'bare' }]]);
const app = express();
app.disable('etag').disable('x-powered-by');
app.use((request, response, next) => {
  if (keys.has((request.headers.authorization ?? '').slice('Bearer '.length))) next();
  else response.status(401).end();
});
app.use(express.json({ limit: '1mb' }));
app.post('/messages', (request, response) => {
  const { event_type } = request.body as { event_type: string };
  response.status(201).json({ id: 'bare', event_type });
});
const server = createServer(app);
await once(server.listen(0, '127.0.0.1'), 'listening');

const calls = { publisher };
export type BareExpressCalls = typeof calls;
serveParent(calls);

function publisher(): { url: string; apiKey: string } {
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}/messages`, apiKey: API_KEY };
}
