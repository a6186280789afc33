// app/api/users/route.js, with sendMessage() of the Node.js sample exported from lib/hostedhooks.mjs
import { after } from 'next/server';
import { sendMessage } from '../../../lib/hostedhooks.mjs';
import { createUser } from '../../../lib/users.mjs';

// On the server alone: a component of the browser would show the API key to everyone.
export async function POST(request) {
  const user = await createUser(await request.json());
  after(() => sendMessage('user.created', { id: user.id, email: user.email }, `user-${user.id}-created`));
  return Response.json(user, { status: 201 });
}
