// app/api/webhooks/route.js, with isGenuine() of the Node.js sample in lib/signature.mjs
import { after } from 'next/server';
import { isGenuine } from '../../../lib/signature.mjs';
import { handleWebhook } from '../../../lib/webhooks.mjs';

export const runtime = 'nodejs'; // The edge runtime has no node:crypto.

export async function POST(request) {
  // The body as it came: request.json() would parse it. In pages/api, turn off bodyParser instead.
  const body = Buffer.from(await request.arrayBuffer());
  const secret = process.env.HOSTEDHOOKS_SIGNING_SECRET;
  if (!isGenuine(request.headers.get('HostedHooks-Signature'), body, secret)) {
    return new Response(null, { status: 401 });
  }
  after(() => handleWebhook(request.headers.get('webhook-id'), body));
  return new Response(null, { status: 204 });
}
