import { EVENT_TYPE, SAMPLE } from './demo-data.ts';

interface Demo {
  baseUrl: string;
  signInUrl: string;
  apiKey: string;
  hookHelperUrl: string;
}

/** The text that `npm start` prints: the addresses, the API key and the command that sends a first webhook. */
export function greeting({ baseUrl, signInUrl, apiKey, hookHelperUrl }: Demo): string {
  const message = { event_type: EVENT_TYPE, version: '1.0', data: SAMPLE };
  const curl =
    `curl -X POST '${baseUrl}/api/v1/apps/demo/messages' -H 'Authorization: Bearer ${apiKey}' ` +
    `-H 'Content-Type: application/json' -d '${JSON.stringify(message)}'`;
  return `
HostedHooks runs at ${baseUrl}

Sign in to the dashboard (one click, valid for a day):
${signInUrl}

API key:
${apiKey}

Watch webhooks arrive in the Hook Helper (after you signed in):
${hookHelperUrl}

Send the first webhook:
${curl}

Stop with Ctrl-C. Started again, everything is as you left it.
`;
}
