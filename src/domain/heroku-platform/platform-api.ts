import { OutboundError } from '#src/infra/outbound/outcome.ts';
import type { TrustedAnswer } from '#src/infra/outbound/trusted-caller.ts';
import type { PlatformParts } from './parts.ts';
import { PlatformRefused, PlatformTrouble } from './platform-errors.ts';
import { refresh, usableToken } from './refresh.ts';
import type { AccessToken } from './token-rows.ts';

export interface PlatformRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below Heroku's own address, made of ids: never a URL that came from outside. */
  path: string;
  body?: object;
  range?: string;
}

interface PlatformAnswer {
  body: unknown;
  /** What the next page of a list is asked for with; undefined at its end. */
  nextRange: string | undefined;
}

/** Calls the Platform API for a resource. Throws PlatformRefused or PlatformTrouble unless it answered 2xx. */
export async function callPlatform(
  parts: PlatformParts,
  resourceId: string,
  request: PlatformRequest,
): Promise<PlatformAnswer> {
  const token = await usableToken(parts, resourceId);
  if (token === null) throw new PlatformRefused(NOT_AUTHORIZED, null);
  let answer = await send(parts, token, request);
  if (answer.status === 401) {
    // The token may have been revoked early, as all are when the client secret is reset.
    const fresh = await refresh(parts, token);
    if (fresh === null) throw new PlatformRefused(NOT_AUTHORIZED, 401);
    answer = await send(parts, fresh, request);
  }
  return judge(answer, request);
}

const NOT_AUTHORIZED = 'Heroku has not authorized HostedHooks for this add-on.';
const MAX_PAGES = 100;

/** A list with all its pages; throws rather than answer a part. */
export async function listPlatform(
  parts: PlatformParts,
  resourceId: string,
  path: string,
): Promise<unknown[]> {
  const all: unknown[] = [];
  let range: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await callPlatform(parts, resourceId, {
      method: 'GET',
      path,
      ...(range ? { range } : {}),
    });
    if (!Array.isArray(answer.body))
      throw new PlatformTrouble('Heroku answered with something other than a list.');
    all.push(...(answer.body as unknown[]));
    range = answer.nextRange;
    if (range === undefined) return all;
  }
  throw new PlatformTrouble('Heroku answered with a list without end.');
}

async function send(
  { caller, heroku }: PlatformParts,
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
    if (error instanceof OutboundError) throw new PlatformTrouble(`${error.message}.`);
    throw error;
  }
}

/** 206 is a page that others follow. What Heroku wrote about an error is not passed on: it may quote what we sent. */
function judge({ status, text, headers }: TrustedAnswer, { method, path }: PlatformRequest): PlatformAnswer {
  if (status >= 200 && status < 300) {
    const next = headers['next-range'];
    return { body: parse(text), nextRange: status === 206 && typeof next === 'string' ? next : undefined };
  }
  // Ids tell nothing to whoever reads it, and the path may be long.
  const what = `${method} /${path.split('/')[1] ?? ''}`;
  if (status === 429 || status === 408 || status >= 500) {
    throw new PlatformTrouble(`Heroku answered ${String(status)} to ${what}.`);
  }
  throw new PlatformRefused(`Heroku refused ${what} (${String(status)}).`, status);
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new PlatformTrouble('Heroku answered with something other than JSON.');
  }
}
