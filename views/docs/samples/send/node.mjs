const { HOSTEDHOOKS_API_KEY, HOSTEDHOOKS_APP_ID } = process.env;
const MESSAGES = `https://www.hostedhooks.com/api/v1/apps/${HOSTEDHOOKS_APP_ID}/messages`;

async function sendMessage(eventType, data, eventId) {
  const response = await fetch(MESSAGES, {
    method: 'POST',
    headers: { authorization: `Bearer ${HOSTEDHOOKS_API_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ event_type: eventType, version: '1.0', event_id: eventId, data }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`HostedHooks answered ${response.status} ${await response.text()}`);
  return response.json();
}

const message = await sendMessage('user.created', { id: 42, email: 'kim@example.com' }, 'user-42-created');
console.log(`Sent message ${message.id}`);
