interface Cookie {
  name: string;
  value: string;
  path: string;
  isSecure: boolean;
}

/** A browser as add-on tests have one: it keeps cookies by their path and follows redirects, by GET. */
export class Mechanize {
  readonly #cookies = new Map<string, Cookie>();

  async post(url: string, form: Record<string, string>): Promise<{ status: number; html: string }> {
    let response = await this.#send(url, { method: 'POST', body: new URLSearchParams(form) });
    for (let hops = 0; response.status >= 300 && response.status < 400 && hops < 10; hops += 1) {
      const target = new URL(response.headers.get('location') ?? '', response.url);
      response = await this.#send(target.href);
    }
    return { status: response.status, html: await response.text() };
  }

  /** The cookies that would be sent to `url`. */
  cookiesFor(url: string): Cookie[] {
    const { pathname, protocol } = new URL(url);
    return [...this.#cookies.values()].filter(
      ({ path, isSecure }) => pathname.startsWith(path) && (protocol === 'https:' || !isSecure),
    );
  }

  async #send(url: string, init: RequestInit = {}): Promise<Response> {
    const cookie = this.cookiesFor(url)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    const response = await fetch(url, { ...init, headers: { cookie }, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? '/';
    this.#cookies.set(`${name} ${path}`, { name, value, path, isSecure: /;\s*secure/i.test(line) });
  }
}
