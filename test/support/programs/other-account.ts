import { setTimeout as pause } from 'node:timers/promises';
import type { SlowestMs } from '#src/dev/attack/result.ts';

// Asks for /healthz and posts a message again and again, in a process of its own, so that it waits for the server alone
// and not for whoever attacks that. Prints `posting` after the first answers, and at each SIGUSR2 how it fared
// since the last: {"slowestMs": {"healthz", "post"}, "refused"}.

const PAUSE_MS = 20;
const [url = '', apiKey = '', appId = ''] = process.argv.slice(2);
const post = {
  method: 'POST',
  headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  body: '{"event_type":"user.created","version":"1.0","data":{}}',
};
const report = { isDue: false };
process.on('SIGUSR2', () => (report.isDue = true));

await askForBoth();
console.log('posting');

let slowestMs: SlowestMs = { healthz: 0, post: 0 };
let refused: string[] = [];
for (;;) {
  const [healthz, posted] = await askForBoth();
  slowestMs = {
    healthz: Math.max(slowestMs.healthz, healthz.tookMs),
    post: Math.max(slowestMs.post, posted.tookMs),
  };
  const statuses = `${healthz.status} ${posted.status}`;
  if (statuses !== '200 201') refused.push(statuses);
  if (report.isDue) {
    console.log(JSON.stringify({ slowestMs, refused }));
    report.isDue = false;
    slowestMs = { healthz: 0, post: 0 };
    refused = [];
  }
  await pause(PAUSE_MS);
}

function askForBoth() {
  return Promise.all([ask('/healthz'), ask(`/api/v1/apps/${appId}/messages`, post)]);
}

async function ask(path: string, init: RequestInit = {}): Promise<{ status: string; tookMs: number }> {
  const startedAtMs = performance.now();
  const status = await statusOf(path, init);
  return { status, tookMs: Math.round(performance.now() - startedAtMs) };
}

async function statusOf(path: string, init: RequestInit): Promise<string> {
  try {
    const answer = await fetch(url + path, init);
    await answer.arrayBuffer();
    return String(answer.status);
  } catch (error) {
    return String((error as Error).cause ?? error);
  }
}
