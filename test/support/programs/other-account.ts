import { setTimeout as pause } from 'node:timers/promises';

// Asks for /healthz and posts a message again and again, in a process of its own, so that it waits for the server alone
// and not for whoever attacks that. Prints `posting` after the first answers, and at SIGTERM how it fared:
// {"slowestMs", "refused"}.

const PAUSE_MS = 20;
const [url = '', apiKey = '', appId = ''] = process.argv.slice(2);
const post = {
  method: 'POST',
  headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  body: '{"event_type":"user.created","version":"1.0","data":{}}',
};
const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());

await Promise.all([statusOf('/healthz'), statusOf(`/api/v1/apps/${appId}/messages`, post)]);
console.log('posting');

const refused: string[] = [];
let slowestMs = 0;
do {
  const startedAtMs = performance.now();
  const answers = await Promise.all([statusOf('/healthz'), statusOf(`/api/v1/apps/${appId}/messages`, post)]);
  slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
  if (answers.join(' ') !== '200 201') refused.push(answers.join(' '));
  await pause(PAUSE_MS);
} while (!ending.signal.aborted);
console.log(JSON.stringify({ slowestMs: Math.round(slowestMs), refused }));

async function statusOf(path: string, init: RequestInit = {}): Promise<string> {
  try {
    const answer = await fetch(url + path, init);
    await answer.arrayBuffer();
    return String(answer.status);
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}
