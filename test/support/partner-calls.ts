import { randomUUID } from 'node:crypto';
import type { Config } from '#src/config.ts';
import { resourceToken, userScopedToken } from '#src/surfaces/heroku/sso-tokens.ts';
import type { TestServer } from './server.ts';

export interface PartnerAnswer {
  status: number;
  headers: Headers;
  /** Parsed, when there is a body: the partner API answers nothing but JSON. */
  body: { id?: string; config?: Record<string, string>; message?: string } | null;
}

interface CallOptions {
  /** `name:password`; by default the right ones, null sends none. */
  credentials?: string | null;
  headers?: Record<string, string>;
  /** As text, to send what is not JSON. */
  body?: unknown;
}

/** Calls the partner API as Heroku does. */
export async function callPartner(
  server: TestServer,
  line: `${'GET' | 'POST' | 'PUT' | 'DELETE'} ${string}`,
  { credentials = rightCredentials(server.container.config), headers = {}, body }: CallOptions = {},
): Promise<PartnerAnswer> {
  const [method = '', path = ''] = line.split(' ');
  const authorization = credentials === null ? {} : { authorization: basic(credentials) };
  const response = await fetch(`${server.url}/heroku/resources${path}`, {
    method,
    headers: {
      accept: 'application/vnd.heroku-addons+json; version=3',
      'content-type': 'application/json',
      ...authorization,
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text === '' ? null : (JSON.parse(text) as PartnerAnswer['body']);
  return { status: response.status, headers: response.headers, body: parsed };
}

/** The body of a provision request as Heroku sends it. */
export function provisionBody(changes: object = {}) {
  const uuid = randomUUID();
  return {
    callback_url: `https://api.heroku.com/addons/${uuid}`,
    name: 'hosted-hooks-round-12345',
    oauth_grant: null,
    options: {},
    plan: 'hobby',
    region: 'amazon-web-services::us-east-1',
    uuid,
    ...changes,
  };
}

/** Provisions a resource of its own. */
export async function provisionAt(server: TestServer, changes: object = {}) {
  const body = provisionBody(changes);
  const answer = await callPartner(server, 'POST ', { body });
  return { uuid: body.uuid, answer };
}

interface FormOptions {
  /** Seconds; by default now. */
  timestamp?: number | string;
  salt?: string;
  userId?: string;
  email?: string;
}

/** The form that Heroku posts for single sign-on, every token in it. */
export function signOnForm(server: TestServer, resourceId: string, options: FormOptions = {}) {
  const { config, clock } = server.container;
  const salt = options.salt ?? config.heroku.ssoSalts[0]!.reveal();
  const timestamp = String(options.timestamp ?? Math.floor(clock.now() / 1000));
  const { userId = randomUUID(), email = 'ada@example.com' } = options;
  const token = resourceToken({ resourceId, salt, timestamp });
  return {
    resource_id: resourceId,
    user_scoped_resource_token: userScopedToken({ resourceId, salt, timestamp, userId, email }),
    resource_token: token,
    id: resourceId,
    token,
    timestamp,
    user_id: userId,
    email,
    app: 'sharp-mountain-4005',
    context_app: 'sharp-mountain-4005',
    'nav-data': 'eyJhZGRvbiI6Imhvc3RlZC1ob29rcyJ9',
  };
}

/** `form` without some of its fields. */
export function without(form: Record<string, string>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(form).filter(([name]) => !names.includes(name)));
}

export async function postSignOn(
  server: Pick<TestServer, 'url'>,
  form: Record<string, string>,
): Promise<Response> {
  return fetch(`${server.url}/heroku/sso`, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'manual',
    headers: { origin: 'https://addons-sso.heroku.com', 'sec-fetch-site': 'cross-site' },
  });
}

/** The cookies that a response sets, as a browser would send them back. */
export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

function rightCredentials({ heroku }: Config): string {
  return `${heroku.manifestId}:${heroku.passwords[0]!.reveal()}`;
}

function basic(credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
