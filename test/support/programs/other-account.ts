import { setTimeout as pause } from 'node:timers/promises';

// Asks for /healthz and posts a message again and again, in a process of its own, so that it waits for the server alone
// and not for whoever attacks that. Prints `posting` after the first answers, and at each SIGUSR2 how it fared
// since the last: {"slowestMs", "refused"}.

const PAUSE_MS = 20;
const [url = '', apiKey = '', appId = ''] = process.argv.slice(2);
const post = {
  method: 'POST',
  headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  body: '{"event_type":"user.created","version":"1.0","data":{}}',
};
const report = { isDue: false };
process.on('SIGUSR2', () => (report.isDue = true));

await Promise.all([statusOf('/healthz'), statusOf(`/api/v1/apps/${appId}/messages`, post)]);
console.log('posting');

let slowestMs = 0;
let refused: string[] = [];
for (;;) {
  const startedAtMs = performance.now();
  const answers = await Promise.all([statusOf('/healthz'), statusOf(`/api/v1/apps/${appId}/messages`, post)]);
  slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
  if (answers.join(' ') !== '200 201') refused.push(answers.join(' '));
  if (report.isDue) {
    console.log(JSON.stringify({ slowestMs: Math.round(slowestMs), refused }));
    report.isDue = false;
    slowestMs = 0;
    refused = [];
  }
  await pause(PAUSE_MS);
}

async function statusOf(path: string, init: RequestInit = {}): Promise<string> {
  try {
    const answer = await fetch(url + path, init);
    await answer.arrayBuffer();
    return String(answer.status);
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}
