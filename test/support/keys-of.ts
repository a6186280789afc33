import type { TestServer } from './server.ts';

export interface ListedKey {
  id: string;
  prefix: string;
  status: string;
  scopes: string[];
  expires_at: string | null;
  config_updated_at: string | null;
  config_problem: string | null;
  api_key?: string;
}

/** The routes of an account's API keys, called with one of them. */
export function keysOf({ url }: TestServer) {
  const call = async (apiKey: string, line: string, body?: object) => {
    const [method = '', path = ''] = line.split(' ');
    const response = await fetch(`${url}/api/v1/account/api_keys${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as unknown };
  };
  return {
    call,
    async list(apiKey: string): Promise<ListedKey[]> {
      return (await call(apiKey, 'GET ')).body as ListedKey[];
    },
    /** Answers the new key. */
    async rotate(apiKey: string, input: object = {}): Promise<ListedKey & { api_key: string }> {
      const { status, body } = await call(apiKey, 'POST /rotate', input);
      if (status !== 201) throw new Error(`The rotation was answered ${String(status)}`);
      return body as ListedKey & { api_key: string };
    },
    async isAccepted(apiKey: string): Promise<boolean> {
      return (await call(apiKey, 'GET ')).status === 200;
    },
  };
}
