import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { signOnForm } from './partner-calls.ts';
import type { TestServer } from './server.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Where it leads, without our origin. */
  location: string;
}

interface CookieRequest extends Omit<RequestInit, 'headers'> {
  headers: Record<string, string>;
}

/** A browser without a screen: it keeps its cookies, so that it can be signed in to several add-ons. */
export class CookieBrowser {
  readonly #server: TestServer;
  readonly #cookies = new Map<string, string>();

  constructor(server: TestServer) {
    this.#server = server;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#request(path, { headers });
  }

  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    const body = new URLSearchParams(fields);
    return this.#request(path, {
      method: 'POST',
      headers: { origin: this.#server.url, ...headers },
      body,
    });
  }

  /** Opens an add-on from Heroku. */
  signOn(resourceId: string, person: { userId?: string; email?: string; timestamp?: number } = {}) {
    const form = signOnForm(this.#server, resourceId, { userId: randomUUID(), ...person });
    return this.post('/heroku/sso', form, { origin: 'https://addons-sso.heroku.com' });
  }

  /** A browser that has the cookies of this one, as they are now. */
  copy(): CookieBrowser {
    const copy = new CookieBrowser(this.#server);
    for (const [name, value] of this.#cookies) copy.#cookies.set(name, value);
    return copy;
  }

  async #request(path: string, request: CookieRequest): Promise<Answer> {
    const { headers, ...options } = request;
    const response = await fetch(`${this.#server.url}${path}`, {
      redirect: 'manual',
      ...options,
      headers: { accept: 'text/html', cookie: this.cookie, ...headers },
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const location = (response.headers.get('location') ?? '').replace(this.#server.url, '');
    return { status: response.status, headers: response.headers, text: await response.text(), location };
  }

  #keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    assert.ok(name !== undefined && value !== undefined, line);
    if (value === '') this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
