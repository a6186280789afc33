import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { EVENT_TYPE } from './subscribed-app.ts';

interface Load {
  apiKey: string;
  appId: string;
  /** Ids that were answered 201 are added here. */
  accepted: Set<string>;
}

const POSTERS = 8;
const PAUSE_MS = 20;

// Not `fetch`, which costs as much as the server that is to be tested.
const agent = new Agent({ keepAlive: true });

/** Posts one message; answers the status, or undefined when there was no answer. */
export async function postMessage(
  url: string,
  { apiKey, appId, accepted }: Load,
): Promise<number | undefined> {
  const posted = request(`${url}/api/v1/apps/${appId}/messages`, {
    agent,
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
  });
  posted.end(JSON.stringify({ event_type: EVENT_TYPE, version: '1.0', data: { id: 1 } }));
  try {
    const [response] = (await once(posted, 'response')) as [IncomingMessage];
    const { id } = (await json(response)) as { id: string };
    if (response.statusCode === 201) accepted.add(id);
    return response.statusCode;
  } catch {
    return undefined;
  }
}

/**
 * Posts eight at a time, to where `url` says, until `isEnough`. What is refused or not answered is not posted again;
 * it waits a little then.
 */
export async function postWhile(
  url: () => string | undefined,
  load: Load,
  isEnough: () => boolean,
): Promise<void> {
  const poster = async () => {
    while (!isEnough()) {
      const to = url();
      const status = to === undefined ? undefined : await postMessage(to, load);
      if (status !== 201) await pause(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, poster));
}
