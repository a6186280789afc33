import { CannotStart } from '#src/infra/lib/cannot-start.ts';
import { KINDS } from './kinds.ts';
import type { Sender, SenderApi } from './sender.ts';

const TIMEOUT_MS = 10_000;

/** The sender of `KIND+http://KEY@HOST:PORT` or `KIND+http://USER:KEY@HOST:PORT`. Throws {@link CannotStart}. */
export function senderAt(address: string): Sender {
  const [, name = '', rest = ''] = /^([a-z]+)\+(http:.+)$/.exec(address) ?? [];
  const kind = KINDS[name];
  const url = URL.parse(rest);
  if (kind === undefined || url === null) {
    const kinds = Object.keys(KINDS).join(', ');
    throw new CannotStart(`--against: ${address} is not KIND+http://KEY@HOST:PORT; the kinds are ${kinds}`);
  }
  const { origin, host } = url;
  const user = decodeURIComponent(url.username);
  const key = decodeURIComponent(url.password) || user;
  return { name: `${name} at ${host}`, createApp: kind({ origin, user, key, call: caller(origin, key) }) };
}

function caller(origin: string, key: string): SenderApi['call'] {
  return async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new CannotStart(`${method} ${path} answered ${String(response.status)}: ${text.slice(0, 300)}`);
    }
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
}
