import { randomUUID } from 'node:crypto';
import { type FakeHeroku, type FakeHerokuOptions, startFakeHeroku } from '#src/dev/fake-heroku/index.ts';

const ACCEPT = 'application/vnd.heroku+json; version=3';

/** A Heroku to be asked for tokens with the client secret `right`; it repeats webhooks quickly. */
export function startHeroku(options: Partial<FakeHerokuOptions> = {}): Promise<FakeHeroku> {
  return startFakeHeroku({ clientSecret: 'right', webhookRetryDelayMs: 10, ...options });
}

/** Asks for tokens as a provider does. */
export async function requestToken(fake: FakeHeroku, form: Record<string, string>) {
  const body = new URLSearchParams({ client_secret: 'right', ...form });
  const response = await fetch(`${fake.url}/oauth/token`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}

/** A new add-on with tokens of its own. */
export async function authorize(fake: FakeHeroku, options: { name?: string; app?: string } = {}) {
  const uuid = randomUUID();
  await fake.platform.ensureAddOn({ uuid, ...options });
  const { code } = await fake.platform.createGrant(uuid);
  const { body } = await requestToken(fake, { grant_type: 'authorization_code', code });
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = body;
  const call = async (line: string, init: { body?: unknown; headers?: Record<string, string> } = {}) => {
    const [method = '', path = ''] = line.split(' ');
    const response = await fetch(`${fake.url}${path.replace(':id', uuid)}`, {
      method,
      headers: {
        accept: ACCEPT,
        authorization: `Bearer ${accessToken}`,
        'content-type': 'application/json',
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  };
  return { uuid, code, accessToken, refreshToken, call };
}
