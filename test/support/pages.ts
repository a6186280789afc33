import assert from 'node:assert/strict';
import { devSignInPath } from '#src/surfaces/heroku/dev-sign-in.ts';
import type { TestServer } from './server.ts';

/** A browser without a screen: keeps the session's cookie and sends forms as a browser would. */
export interface Visitor {
  accountId: string;
  resourceId: string;
  cookie: string;
  get(path: string): Promise<Answer>;
  post(
    path: string,
    fields: Record<string, string> | [string, string][],
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Where it leads, without our origin. */
  location: string;
}

/** Someone who is signed in to an account of their own. */
export async function signedInVisitor(server: TestServer): Promise<Visitor> {
  const { accountId, resourceId } = await server.createAccount();
  const answer = await visitorOf(server.url).get(signInPath(server, { resourceId }));
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  assert.notEqual(cookie, '', 'signing in sets a cookie');
  return { accountId, resourceId, cookie, ...visitorOf(server.url, cookie) };
}

/** What opens a session for a person of the account. */
export function signInPath(server: TestServer, { resourceId }: Pick<Visitor, 'resourceId'>): string {
  const { config, clock } = server.container;
  const person = { resourceId, herokuUserId: 'user-1', email: 'kim@acme.example' };
  return devSignInPath({ appSecret: config.secrets.app, clock }, person);
}

/** Someone who has `cookie`, or is not signed in; what pages leave in other cookies is kept for the next. */
export function visitorOf(origin: string, cookie = ''): Omit<Visitor, 'accountId' | 'resourceId' | 'cookie'> {
  const kept = new Map<string, string>();
  const cookies = () => [cookie, ...[...kept].map(([name, value]) => `${name}=${value}`)].join('; ');
  const request = async (path: string, { headers, ...options }: VisitorRequest): Promise<Answer> => {
    const response = await fetch(`${origin}${path}`, {
      redirect: 'manual',
      headers: { cookie: cookies(), accept: 'text/html', ...headers },
      ...options,
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^(hostedhooks\.notice[^=]*)=([^;]*)/.exec(line) ?? [];
      if (value === '') kept.delete(name);
      else kept.set(name, value);
    }
    const location = (response.headers.get('location') ?? '').replace(origin, '');
    return { status: response.status, headers: response.headers, text: await response.text(), location };
  };
  return {
    get: (path) => request(path, { headers: {} }),
    post: (path, fields, headers = {}) =>
      request(path, { method: 'POST', headers: { origin, ...headers }, body: new URLSearchParams(fields) }),
  };
}

interface VisitorRequest extends Omit<RequestInit, 'headers'> {
  headers: Record<string, string>;
}
