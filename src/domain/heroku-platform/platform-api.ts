import { OutboundError } from '#src/infra/outbound/outcome.ts';
import type { TrustedAnswer } from '#src/infra/outbound/trusted-caller.ts';
import type { Dependencies } from './dependencies.ts';
import { PlatformRefused, PlatformUnavailable } from './platform-errors.ts';
import { refreshAccessToken, freshToken } from './refresh-token.ts';
import type { AccessToken } from './token-rows.ts';

export interface PlatformRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Appended to Heroku's API origin. Made of ids, never of a URL that came from outside. */
  path: string;
  body?: object;
  range?: string;
}

interface PlatformAnswer {
  body: unknown;
  /** Value of the `Range` header that requests the list's next page; undefined on the last page. */
  nextRange: string | undefined;
}

/** Calls the Platform API for a resource. Throws PlatformRefused or PlatformUnavailable unless the answer is 2xx. */
export async function callPlatform(
  deps: Dependencies,
  resourceId: string,
  request: PlatformRequest,
): Promise<PlatformAnswer> {
  const token = await freshToken(deps, resourceId);
  if (token === null) throw new PlatformRefused(NOT_AUTHORIZED, null);
  let answer = await send(deps, token, request);
  if (answer.status === 401) {
    // A token may be revoked early: all of them are when the client secret is reset.
    const fresh = await refreshAccessToken(deps, token);
    if (fresh === null) throw new PlatformRefused(NOT_AUTHORIZED, 401);
    answer = await send(deps, fresh, request);
  }
  return readAnswer(answer, request);
}

const NOT_AUTHORIZED = 'Heroku has not authorized HostedHooks for this add-on.';
const MAX_PAGES = 100;

/** All pages of a list. Throws as {@link callPlatform} does rather than answer a part. */
export async function listPlatform(deps: Dependencies, resourceId: string, path: string): Promise<unknown[]> {
  const all: unknown[] = [];
  let range: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await callPlatform(deps, resourceId, {
      method: 'GET',
      path,
      ...(range ? { range } : {}),
    });
    if (!Array.isArray(answer.body))
      throw new PlatformUnavailable('Heroku answered with something other than a list.');
    all.push(...(answer.body as unknown[]));
    range = answer.nextRange;
    if (range === undefined) return all;
  }
  throw new PlatformUnavailable('Heroku answered with a list without end.');
}

async function send(
  { caller, heroku }: Dependencies,
  { accessToken }: AccessToken,
  { method, path, body, range }: PlatformRequest,
): Promise<TrustedAnswer> {
  try {
    return await caller.call({
      method,
      url: `${heroku.apiUrl}${path}`,
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        authorization: `Bearer ${accessToken}`,
        ...(range === undefined ? {} : { range }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (error instanceof OutboundError) throw new PlatformUnavailable(`${error.message}.`);
    throw error;
  }
}

/** 206 means that more pages follow. Heroku's error text is not passed on, because it may quote our request. */
function readAnswer(
  { status, text, headers }: TrustedAnswer,
  { method, path }: PlatformRequest,
): PlatformAnswer {
  if (status >= 200 && status < 300) {
    const next = headers['next-range'];
    return { body: parse(text), nextRange: status === 206 && typeof next === 'string' ? next : undefined };
  }
  // Only the first segment: the message is read by customers, to whom ids say nothing.
  const what = `${method} /${path.split('/')[1] ?? ''}`;
  if (status === 429 || status === 408 || status >= 500) {
    throw new PlatformUnavailable(`Heroku answered ${String(status)} to ${what}.`);
  }
  throw new PlatformRefused(`Heroku refused ${what} (${String(status)}).`, status);
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new PlatformUnavailable('Heroku answered with something other than JSON.');
  }
}
